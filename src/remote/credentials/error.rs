//! Why nothing says who asks: each in one sentence, with what was tried.

use thiserror::Error;

/// Nothing says who asks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CredentialsError {
    /// Nowhere is a region named.
    #[error(
        "no region is named: neither by `--region` nor AWS_REGION, nor as `region` of the profile `{0}`"
    )]
    NoRegion(String),
    /// A region that cannot be one.
    #[error("`{0}` is no region: one is like eu-west-1")]
    Region(String),
    /// The profile that was named is not there.
    #[error("there is no profile `{profile}` in {files}")]
    NoProfile {
        /// The profile.
        profile: String,
        /// The files that were read.
        files: String,
    },
    /// There is no such profile, or it has no keys of a kind that is read here.
    #[error(
        "there are no keys to ask with: AWS_ACCESS_KEY_ID is not set, and the profile `{profile}` has none in {files}"
    )]
    NoKeys {
        /// The profile.
        profile: String,
        /// The files that were read.
        files: String,
    },
    /// The same, and the machine has none.
    #[error(
        "there are no keys to ask AWS with: AWS_ACCESS_KEY_ID is not set, the profile `{profile}` has none in {files}, \
         and this machine is no instance with a role ({why})"
    )]
    Nowhere {
        /// The profile.
        profile: String,
        /// The files that were read.
        files: String,
        /// What the instance's service said, or did not.
        why: String,
    },
    /// A profile leads nowhere.
    #[error("the profile `{profile}` {why}")]
    Profile {
        /// The profile.
        profile: String,
        /// What is wrong.
        why: String,
    },
    /// The command of a profile gives no keys.
    #[error("the `credential_process` of the profile `{profile}` gives no keys: {why}")]
    Process {
        /// The profile.
        profile: String,
        /// What is wrong.
        why: String,
    },
    /// A single sign-on has ended, or there was none.
    #[error(
        "nobody is signed on for the profile `{profile}`: `aws sso login --profile {profile}` does it ({why})"
    )]
    SignOn {
        /// The profile.
        profile: String,
        /// What is wrong.
        why: String,
    },
    /// A role is not to be had.
    #[error("the role `{role}` is not given: {why}")]
    Role {
        /// Its ARN.
        role: String,
        /// What is wrong.
        why: String,
    },
    /// The container has a service for keys, which gives none.
    #[error("the container's service for keys at {url} gives none: {why}")]
    Container {
        /// Where it is.
        url: String,
        /// What is wrong.
        why: String,
    },
}
