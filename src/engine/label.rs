//! Tags and policies of streams and registered consumers.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::api::{
    AddTags, Answer, ApiError, ConsumerRef, CreateStream, LabelOperation, ListTags, PutPolicy,
    RemoveTags, Reply, Tags, TagsPage,
};
use crate::engine::consumers::RegisteredConsumer;
use crate::engine::setting::Pace;
use crate::engine::{Engine, done, error};
use crate::model::limits::{POLICY_BYTES_MAX, TAGS_LISTED_MAX};
use crate::model::{ConsumerArn, Resource};
use crate::rules::setting::SettingError;
use crate::rules::tag;

/// What is told of a resource that has no policy.
const NO_POLICY: &str = "{}";

impl Engine {
    pub(super) fn handle_label(&mut self, operation: &LabelOperation) -> Reply {
        match operation {
            LabelOperation::AddTagsToStream(add) | LabelOperation::TagResource(add) => {
                done(self.add_tags(add))
            }
            LabelOperation::RemoveTagsFromStream(remove)
            | LabelOperation::UntagResource(remove) => done(self.remove_tags(remove)),
            LabelOperation::ListTagsForStream(list) => self.list_tags(list).map(Answer::Tags),
            LabelOperation::ListTagsForResource(resource) => {
                self.list_all_tags(resource).map(Answer::Tags)
            }
            LabelOperation::PutResourcePolicy(put) => done(self.put_policy(put)),
            LabelOperation::GetResourcePolicy(resource) => {
                self.get_policy(resource).map(Answer::Policy)
            }
            LabelOperation::DeleteResourcePolicy(resource) => done(self.delete_policy(resource)),
        }
    }

    fn add_tags(&mut self, add: &AddTags) -> Result<(), ApiError> {
        let AddTags { resource, tags } = add;
        tag::check_added(resource, self.tags(resource)?, tags)?;
        self.change_tags(resource, |present| present.extend(tags.clone()))
    }

    fn remove_tags(&mut self, remove: &RemoveTags) -> Result<(), ApiError> {
        let RemoveTags { resource, keys } = remove;
        self.tags(resource)?;
        tag::check_removed(resource, keys)?;
        self.change_tags(resource, |present| present.retain(|key, _| !keys.contains(key)))
    }

    fn list_tags(&self, list: &ListTags) -> Result<TagsPage, ApiError> {
        let ListTags { stream, after, limit } = list;
        let start = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.known(stream)?.settings.tags.range::<str, _>((start, Bound::Unbounded));
        let most = limit.unwrap_or(TAGS_LISTED_MAX) as usize;
        Ok(TagsPage { tags: copied(rest.by_ref().take(most)), has_more: rest.next().is_some() })
    }

    fn list_all_tags(&self, resource: &Resource) -> Result<TagsPage, ApiError> {
        Ok(TagsPage { tags: copied(self.tags(resource)?.iter()), has_more: false })
    }

    fn put_policy(&mut self, put: &PutPolicy) -> Result<(), ApiError> {
        let PutPolicy { resource, policy } = put;
        self.policy(resource)?;
        if policy.len() > POLICY_BYTES_MAX {
            return Err(SettingError::LongPolicy(policy.len()).into());
        }
        type Object = BTreeMap<String, serde_json::Value>;
        serde_json::from_str::<Object>(policy).map_err(|_| SettingError::NoPolicy)?;
        self.change_policy(resource, Some(policy.clone()))
    }

    fn get_policy(&self, resource: &Resource) -> Result<String, ApiError> {
        Ok(self.policy(resource)?.unwrap_or(NO_POLICY).to_owned())
    }

    fn delete_policy(&mut self, resource: &Resource) -> Result<(), ApiError> {
        self.policy(resource)?.ok_or_else(|| error::no_policy(resource))?;
        self.change_policy(resource, None)
    }

    fn tags(&self, resource: &Resource) -> Result<&Tags, ApiError> {
        Ok(match resource {
            Resource::Stream(stream) => &self.known(stream)?.settings.tags,
            Resource::Consumer(arn) => {
                self.find_consumer(&ConsumerRef::Arn(arn.clone()))?;
                &self.consumer(arn).tags
            }
        })
    }

    fn policy(&self, resource: &Resource) -> Result<Option<&str>, ApiError> {
        Ok(match resource {
            Resource::Stream(stream) => self.known(stream)?.extras.policy.as_deref(),
            Resource::Consumer(arn) => {
                self.find_consumer(&ConsumerRef::Arn(arn.clone()))?;
                self.consumer(arn).policy.as_deref()
            }
        })
    }

    fn change_tags(
        &mut self,
        resource: &Resource,
        change: impl FnOnce(&mut Tags),
    ) -> Result<(), ApiError> {
        match resource {
            Resource::Stream(stream) => {
                let set = |settings: &mut CreateStream| change(&mut settings.tags);
                self.change(stream, "tags".into(), Pace::AtOnce, |settings, _| set(settings))
            }
            Resource::Consumer(arn) => {
                let before = self.consumer(arn).tags.clone();
                change(&mut self.consumer_mut(arn).tags);
                self.keep_consumer(arn, |consumer| consumer.tags = before)
            }
        }
    }

    fn change_policy(
        &mut self,
        resource: &Resource,
        policy: Option<String>,
    ) -> Result<(), ApiError> {
        match resource {
            Resource::Stream(stream) => {
                self.change(stream, "policy".into(), Pace::AtOnce, |_, extras| {
                    extras.policy = policy;
                })
            }
            Resource::Consumer(arn) => {
                let before = std::mem::replace(&mut self.consumer_mut(arn).policy, policy);
                self.keep_consumer(arn, |consumer| consumer.policy = before)
            }
        }
    }

    /// Keeps what was changed of a consumer, or takes it back.
    fn keep_consumer(
        &mut self,
        arn: &ConsumerArn,
        back: impl FnOnce(&mut RegisteredConsumer),
    ) -> Result<(), ApiError> {
        self.save_catalog().map_err(|why| {
            back(self.consumer_mut(arn));
            error::log_failed(&why)
        })
    }
}

fn copied<'a>(tags: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<(String, String)> {
    tags.map(|(key, value)| (key.clone(), value.clone())).collect()
}
