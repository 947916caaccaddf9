//! The `OpenAPI` document: every body has a type.

use serde_json::{Value, json};

use crate::support::app::TestApp;

/// The places where any JSON is allowed.
const FREE_FORM: [&str; 2] = [
    // Each action has its own details.
    "components.schemas.AuditEntryBody.properties.detail",
    // Written by whatever program analyzed the sermon, including the previous system.
    "components.schemas.DocumentBody.properties.logs.items",
];

/// Returns whether a schema says nothing about the value, or only that it is an object.
fn is_untyped(schema: &Value) -> bool {
    let says = |key: &str| schema.get(key).is_some();
    let is_object =
        schema["type"] == "object" || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("object")));
    let is_any = !["type", "$ref", "oneOf", "anyOf", "allOf", "enum", "const"].into_iter().any(says);
    is_any || is_object && !says("properties") && !schema["additionalProperties"].is_object()
}

/// Adds the paths of all untyped schemas in and below a schema.
fn collect_untyped(schema: &Value, path: &str, found: &mut Vec<String>) {
    if is_untyped(schema) {
        found.push(path.to_owned());
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            collect_untyped(&schema[key], &format!("{path}.{key}"), found);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        collect_untyped(property, &format!("{path}.properties.{name}"), found);
    }
    for key in ["oneOf", "anyOf", "allOf", "prefixItems"] {
        for (number, part) in schema[key].as_array().into_iter().flatten().enumerate() {
            collect_untyped(part, &format!("{path}.{key}.{number}"), found);
        }
    }
}

/// Adds the paths of all untyped bodies of a request or response.
fn collect_untyped_bodies(body: &Value, path: &str, found: &mut Vec<String>) {
    for (kind, content) in body["content"].as_object().into_iter().flatten() {
        collect_untyped(&content["schema"], &format!("{path}.{kind}"), found);
    }
}

#[tokio::test]
async fn every_body_has_a_type() {
    let document = TestApp::new().await.get("/openapi.json").await.json();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            collect_untyped_bodies(&operation["requestBody"], &format!("{method} {path}"), &mut found);
            for (status, response) in operation["responses"].as_object().expect("responses") {
                collect_untyped_bodies(response, &format!("{method} {path} {status}"), &mut found);
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        collect_untyped(schema, &format!("components.schemas.{name}"), &mut found);
    }
    found.sort_unstable();
    assert_eq!(found, FREE_FORM);
}

#[test]
fn untyped_schemas_are_found_wherever_they_are() {
    let mut found = Vec::new();
    let schema = json!({"type": "object", "properties": {
        "any": {"description": "anything"},
        "list": {"type": "array", "items": {"type": "object"}},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "maybe": {"oneOf": [{"type": "null"}, {"type": ["object", "null"]}]},
        "typed": {"$ref": "#/components/schemas/X"},
    }});
    collect_untyped(&schema, "x", &mut found);
    assert_eq!(found, ["x.properties.any", "x.properties.list.items", "x.properties.maybe.oneOf.1"]);
}
