//! The `OpenAPI` document: every body has a type, which the responses match.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::support::app::{CAPTIONS, TOKEN, TestApp};

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

/// Asserts that a value has the keys of its schema: all required ones, and no unknown ones.
fn assert_described(document: &Value, schema: &Value, value: &Value, path: &str) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/")) {
        return assert_described(document, &document["components"]["schemas"][name], value, path);
    }
    if value.is_null() {
        let may_be_null = schema.to_string().contains("\"null\"");
        return assert!(may_be_null, "{path} is null, but its schema is {schema}");
    }
    if let Some(parts) = schema["oneOf"].as_array() {
        let part = parts.iter().find(|part| part["type"] != "null").expect("a part that is not null");
        return assert_described(document, part, value, path);
    }
    if let Some(properties) = schema["properties"].as_object() {
        let object = value.as_object().unwrap_or_else(|| panic!("{path} is not an object: {value}"));
        for key in schema["required"].as_array().into_iter().flatten() {
            assert!(object.contains_key(key.as_str().expect("a name")), "{path} lacks {key}: {value}");
        }
        for (key, value) in object {
            let property = properties.get(key).unwrap_or_else(|| panic!("{path}.{key} is not described"));
            assert_described(document, property, value, &format!("{path}.{key}"));
        }
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        let part = schema["prefixItems"].get(number).unwrap_or(&schema["items"]);
        assert_described(document, part, item, &format!("{path}[{number}]"));
    }
    for (key, value) in value.as_object().into_iter().flatten().filter(|_| schema["additionalProperties"].is_object()) {
        assert_described(document, &schema["additionalProperties"], value, &format!("{path}.{key}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_have_the_keys_that_are_described() {
    let app = TestApp::new().await;
    let sent =
        app.post("/api/videos", &json!({"transcript": CAPTIONS, "url": "sErm0n_Tst1", "channel": "Grace"})).await;
    app.wait_for_job(sent.header("location")).await;
    let document = app.get("/openapi.json").await.json();
    let described = |operation: &str, status: &str, body: &Value| {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let response = &document["paths"][path][method]["responses"][status];
        let schema = &response["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{operation} {status} is not described");
        assert_described(&document, schema, body, operation);
    };
    let created = app.admin_post("/api/backup/create").await.json();
    described("post /api/backup/create", "201", &created);
    let name = created["backup"]["name"].as_str().expect("a name");
    for (operation, path) in [
        ("post /api/backup/verify/{name}", format!("/api/backup/verify/{name}")),
        ("post /api/backup/restore/preview/{name}", format!("/api/backup/restore/preview/{name}")),
        ("post /api/backup/cleanup", "/api/backup/cleanup".to_owned()),
    ] {
        let response = app.admin_post(&path).await;
        assert_eq!(response.status, 200, "{}", response.text());
        described(operation, "200", &response.json());
    }
    let restore = json!({ "confirm": name });
    let request =
        Request::post(format!("/api/backup/restore/{name}")).header("authorization", format!("Bearer {TOKEN}"));
    let request = request.header("content-type", "application/json").body(Body::from(restore.to_string()));
    let restored = app.send(request.expect("a request")).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    described("post /api/backup/restore/{name}", "200", &restored.json());
    for operation in [
        "get /api/backup/list",
        "get /api/backup/stats",
        "get /api/backup/restores",
        "get /api/audit",
        "get /api/export/database",
        "get /api/stats",
        "get /api/churches",
        "get /api/videos",
        "get /readyz",
    ] {
        let (_, path) = operation.split_once(' ').expect("a path");
        let request = Request::get(path).header("authorization", format!("Bearer {TOKEN}")).body(Body::empty());
        let response = app.send(request.expect("a request")).await;
        assert_eq!(response.status, 200, "{operation}: {}", response.text());
        described(operation, "200", &response.json());
    }
    described("get /api/search", "200", &app.get("/api/search?q=john").await.json());
    described("get /api/video/{video_id}", "200", &app.get("/api/video/sErm0n_Tst1").await.json());
}
