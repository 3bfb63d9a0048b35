//! The repository being pushed to: objects, refs, history, changes. The only room that knows gix.
//!
//! Raw bytes and exact names: replace refs and grafts are never honoured, nothing is looked up by abbreviation.
//! Decides nothing and knows no person.
