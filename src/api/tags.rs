//! Operations on tags and policies of resources.

use std::collections::BTreeMap;

use crate::model::{Action, Resource, StreamName};

/// Tags: keys of 1 to 128 characters with values of 0 to 256.
pub type Tags = BTreeMap<String, String>;

/// Something asked about tags or a policy.
#[derive(Clone, Debug)]
pub enum LabelOperation {
    /// Add tags to a stream.
    AddTagsToStream(AddTags),
    /// Remove tags from a stream.
    RemoveTagsFromStream(RemoveTags),
    /// List tags of a stream.
    ListTagsForStream(ListTags),
    /// Add tags to a stream or a consumer.
    TagResource(AddTags),
    /// Remove tags from a stream or a consumer.
    UntagResource(RemoveTags),
    /// List tags of a stream or a consumer.
    ListTagsForResource(Resource),
    /// Give a policy to a stream or a consumer.
    PutResourcePolicy(PutPolicy),
    /// Tell the policy of a stream or a consumer.
    GetResourcePolicy(Resource),
    /// Take the policy of a stream or a consumer away.
    DeleteResourcePolicy(Resource),
}

impl LabelOperation {
    /// The action that this is.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::AddTagsToStream(_) => Action::AddTagsToStream,
            Self::RemoveTagsFromStream(_) => Action::RemoveTagsFromStream,
            Self::ListTagsForStream(_) => Action::ListTagsForStream,
            Self::TagResource(_) => Action::TagResource,
            Self::UntagResource(_) => Action::UntagResource,
            Self::ListTagsForResource(_) => Action::ListTagsForResource,
            Self::PutResourcePolicy(_) => Action::PutResourcePolicy,
            Self::GetResourcePolicy(_) => Action::GetResourcePolicy,
            Self::DeleteResourcePolicy(_) => Action::DeleteResourcePolicy,
        }
    }

    /// The stream, or that of the consumer.
    #[must_use]
    pub fn stream(&self) -> &StreamName {
        match self {
            Self::AddTagsToStream(add) | Self::TagResource(add) => add.resource.stream(),
            Self::RemoveTagsFromStream(remove) | Self::UntagResource(remove) => {
                remove.resource.stream()
            }
            Self::ListTagsForStream(list) => &list.stream,
            Self::PutResourcePolicy(put) => put.resource.stream(),
            Self::ListTagsForResource(resource)
            | Self::GetResourcePolicy(resource)
            | Self::DeleteResourcePolicy(resource) => resource.stream(),
        }
    }
}

/// AddTagsToStream, or TagResource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddTags {
    /// A stream; or a registered consumer, which TagResource takes alone.
    pub resource: Resource,
    /// Tags to add or to give another value, 1 to 200.
    pub tags: Tags,
}

/// RemoveTagsFromStream, or UntagResource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveTags {
    /// A stream; or a registered consumer, which UntagResource takes alone.
    pub resource: Resource,
    /// Keys of the tags to remove, 1 to 50; those that are not there are no fault.
    pub keys: Vec<String>,
}

/// ListTagsForStream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTags {
    /// The stream.
    pub stream: StreamName,
    /// Begin behind this key.
    pub after: Option<String>,
    /// At most so many, 1 to 50; 50 when not given.
    pub limit: Option<u32>,
}

/// Answer to ListTagsForStream, and to ListTagsForResource, which tells all at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagsPage {
    /// The tags, sorted by key.
    pub tags: Vec<(String, String)>,
    /// Are there more behind the last key?
    pub has_more: bool,
}

/// PutResourcePolicy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutPolicy {
    /// A stream or a registered consumer.
    pub resource: Resource,
    /// The policy, a JSON object. It is kept and told; here nobody is refused for it.
    pub policy: String,
}
