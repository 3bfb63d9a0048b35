//! Values of the engine as Rego text: sets are sets, strings are quoted, the order is always the same.

use regorus::Value;

/// Values that fit into so many characters stay on one line.
const LINE: usize = 80;

/// The value on one line, or where it is long one member a line. Without a line feed at the end.
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

/// The value on one line, cut after so many characters.
pub fn brief(value: &Value, characters: usize) -> String {
    let text = one_line(value);
    match text.char_indices().nth(characters) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

pub fn one_line(value: &Value) -> String {
    let list = |members: Vec<String>| members.join(", ");
    match value {
        Value::Array(members) => format!("[{}]", list(members.iter().map(one_line).collect())),
        Value::Object(fields) => {
            format!(
                "{{{}}}",
                list(fields.iter().map(|(key, value)| format!("{}: {}", one_line(key), one_line(value))).collect())
            )
        }
        Value::Set(members) if members.is_empty() => "set()".to_string(),
        Value::Set(members) => format!("{{{}}}", list(members.iter().map(one_line).collect())),
        Value::String(text) => quoted(text),
        Value::Null => "null".to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Undefined => "undefined".to_string(),
        Value::Number(_) => value.to_string(),
    }
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let flat = one_line(value);
    let indent = "  ".repeat(depth + 1);
    if flat.chars().count() + indent.len() <= LINE {
        text.push_str(&flat);
        return;
    }
    let mut members = |open: char, close: char, lines: Vec<(String, &Value)>| {
        text.push(open);
        for (label, member) in lines {
            text.push('\n');
            text.push_str(&indent);
            text.push_str(&label);
            write(member, depth + 1, text);
            text.push(',');
        }
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
        text.push(close);
    };
    match value {
        Value::Array(list) => members('[', ']', list.iter().map(|member| (String::new(), member)).collect()),
        Value::Set(set) => members('{', '}', set.iter().map(|member| (String::new(), member)).collect()),
        Value::Object(fields) => {
            members('{', '}', fields.iter().map(|(key, member)| (format!("{}: ", one_line(key)), member)).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Undefined => text.push_str(&flat),
    }
}

/// As in JSON, whose strings are Rego's.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(json: &str) -> Value {
        Value::from(
            Value::from_json_str(json)
                .unwrap()
                .as_array()
                .unwrap()
                .iter()
                .cloned()
                .collect::<std::collections::BTreeSet<_>>(),
        )
    }

    #[test]
    fn sets_are_written_as_sets() {
        assert_eq!(one_line(&set(r#"["b", "a"]"#)), r#"{"a", "b"}"#);
        assert_eq!(one_line(&set("[]")), "set()");
        assert_eq!(
            one_line(&Value::from_json_str(r#"{"a": [1, true, null, "x\ny"]}"#).unwrap()),
            r#"{"a": [1, true, null, "x\ny"]}"#
        );
    }

    #[test]
    fn long_values_take_a_line_for_each_member() {
        let long = "x".repeat(50);
        let value = Value::from_json_str(&format!(r#"{{"a": ["{long}", "{long}"], "b": 1}}"#)).unwrap();
        assert_eq!(pretty(&value), format!("{{\n  \"a\": [\n    \"{long}\",\n    \"{long}\",\n  ],\n  \"b\": 1,\n}}"));
        assert_eq!(pretty(&Value::from(1_u64)), "1");
    }

    #[test]
    fn brief_values_are_cut_between_characters() {
        assert_eq!(brief(&Value::from("äöü"), 2), "\"ä…");
    }
}
