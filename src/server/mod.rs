//! What each kind of server says about pusher and channel: pure functions over an environment map.
//!
//! Believes the configured server only, never whatever the environment happens to hold.
