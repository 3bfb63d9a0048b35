//! `refgate schema`: the document of a subject as JSON Schema, for `opa check --schema` and editors.

use crate::cli::Schema;
use crate::input;

use super::edge;

pub fn run(options: &Schema) -> u8 {
    edge::answer(&format!("{:#}\n", input::schema(options.subject.into())));
    0
}
