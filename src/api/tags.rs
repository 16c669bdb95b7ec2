//! Operations on tags and policies of resources.

use std::collections::BTreeMap;

use crate::model::StreamName;

/// Tags: keys of 1 to 128 characters with values of 0 to 256.
pub type Tags = BTreeMap<String, String>;

/// AddTagsToStream, or TagResource for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddTags {
    /// The stream.
    pub stream: StreamName,
    /// Tags to add or to give another value.
    pub tags: Tags,
}

/// RemoveTagsFromStream, or UntagResource for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveTags {
    /// The stream.
    pub stream: StreamName,
    /// Keys of the tags to remove; those that are not there are no fault.
    pub keys: Vec<String>,
}

/// ListTagsForStream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTags {
    /// The stream.
    pub stream: StreamName,
    /// Begin behind this key.
    pub after: Option<String>,
    /// At most so many, 1 to 50.
    pub limit: Option<u32>,
}

/// Answer to ListTagsForStream, and to ListTagsForResource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagsPage {
    /// The tags, sorted by key.
    pub tags: Vec<(String, String)>,
    /// Where the next page begins, if there is one: behind this key.
    pub more_after: Option<String>,
}

/// PutResourcePolicy for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutPolicy {
    /// The stream.
    pub stream: StreamName,
    /// The policy, a JSON object.
    pub policy: String,
}
