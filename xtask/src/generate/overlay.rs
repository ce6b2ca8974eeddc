//! OpenAPI Overlay 1.0: our words and our corrections, laid over the facts.
//!
//! Stricter than the specification in one way: an action says how many places it hits (`x-hits`,
//! 1 where absent), and fails when it hits another number. So an overlay written for a page that
//! has changed is noticed, and never silently does nothing or too much.

use serde_json::{Map, Value};
use serde_json_path::{JsonPath, NormalizedPath};

use super::problem::Problems;

/// One overlay file.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The file, relative to the workspace.
    pub file: String,
    /// Its actions, in order.
    pub actions: Vec<Action>,
}

/// One action: what it targets, what it does there, and why.
#[derive(Clone, Debug)]
pub struct Action {
    /// JSONPath of the nodes it changes.
    pub target: String,
    path: JsonPath,
    /// Words are ours and need no reason; a correction contradicts a page and gives one.
    pub kind: Kind,
    /// Why a correction is made.
    pub reason: Option<String>,
    /// How sure we are of a correction (`x-grade`), where it says so.
    pub grade: Option<String>,
    /// How many nodes the target must select.
    pub hits: usize,
    change: Change,
}

/// What kind of action it is (`x-kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Titles, summaries and descriptions, in our own words.
    Words,
    /// The document says something else than the page, for the reason given.
    Correction,
}

#[derive(Clone, Debug)]
enum Change {
    Update(Value),
    Remove,
}

impl Overlay {
    /// Reads an overlay file; what is wrong goes to `problems`.
    pub fn parse(file: &str, value: &Value, problems: &mut Problems) -> Option<Self> {
        let before = problems.as_slice().len();
        let version = value
            .get("overlay")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !version.starts_with("1.0.") {
            problems.add(file, "overlay", format!("version `{version}` is not 1.0.x"));
        }
        for field in ["title", "version"] {
            if value.get("info").and_then(|info| info.get(field)).is_none() {
                problems.add(file, "info", format!("has no {field}"));
            }
        }
        let Some(list) = value.get("actions").and_then(Value::as_array) else {
            problems.add(file, "actions", "is missing or no list");
            return None;
        };
        let mut actions = Vec::new();
        for (index, action) in list.iter().enumerate() {
            match Action::parse(action) {
                Ok(action) => actions.push(action),
                Err(message) => problems.add(file, format!("actions/{index}"), message),
            }
        }
        (problems.as_slice().len() == before).then(|| Self {
            file: file.to_owned(),
            actions,
        })
    }

    /// Applies the actions in order; an action that misses goes to `problems` and changes nothing.
    pub fn apply(&self, document: &mut Value, problems: &mut Problems) {
        for (index, action) in self.actions.iter().enumerate() {
            if let Err(message) = action.apply(document) {
                problems.add(&self.file, format!("actions/{index}"), message);
            }
        }
    }
}

impl Action {
    fn parse(value: &Value) -> Result<Self, String> {
        const KEYS: &[&str] = &[
            "target",
            "description",
            "update",
            "remove",
            "x-kind",
            "x-reason",
            "x-hits",
            "x-grade",
        ];
        let map = value.as_object().ok_or("is no mapping")?;
        if let Some(key) = map.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!("`{key}` is none of {}", KEYS.join(", ")));
        }
        let target = value
            .get("target")
            .and_then(Value::as_str)
            .ok_or("has no target")?;
        let path = JsonPath::parse(target)
            .map_err(|error| format!("target `{target}` is no JSONPath: {error}"))?;
        let kind = match value.get("x-kind").and_then(Value::as_str) {
            Some("words") => Kind::Words,
            Some("correction") => Kind::Correction,
            _ => {
                return Err(format!(
                    "x-kind of `{target}` is neither words nor correction"
                ));
            }
        };
        let text = |key| {
            value
                .get(key)
                .and_then(Value::as_str)
                .map(ToOwned::to_owned)
        };
        let (reason, grade) = (text("x-reason"), text("x-grade"));
        let hits = match value.get("x-hits") {
            None => None,
            Some(hits) => Some(
                hits.as_u64()
                    .and_then(|hits| usize::try_from(hits).ok())
                    .filter(|hits| *hits > 0)
                    .ok_or_else(|| format!("x-hits of `{target}` is no number above 0"))?,
            ),
        };
        if kind == Kind::Correction && (reason.is_none() || hits.is_none()) {
            return Err(format!(
                "the correction of `{target}` lacks x-reason or x-hits"
            ));
        }
        let change = match (value.get("update"), value.get("remove")) {
            (Some(update), None) => Change::Update(update.clone()),
            (None, Some(Value::Bool(true))) => Change::Remove,
            _ => {
                return Err(format!(
                    "`{target}` needs either `update` or `remove: true`"
                ));
            }
        };
        let target = target.to_owned();
        Ok(Self {
            target,
            path,
            kind,
            reason,
            grade,
            hits: hits.unwrap_or(1),
            change,
        })
    }

    fn apply(&self, document: &mut Value) -> Result<(), String> {
        let pointers: Vec<String> = self
            .path
            .query_located(document)
            .locations()
            .map(NormalizedPath::to_json_pointer)
            .collect();
        if pointers.len() != self.hits {
            return Err(format!(
                "target `{}` was expected to hit {} place(s) and found {}",
                self.target,
                self.hits,
                pointers.len()
            ));
        }
        let before = (self.kind == Kind::Correction).then(|| document.clone());
        match &self.change {
            Change::Update(update) => {
                for pointer in &pointers {
                    let node = document
                        .pointer_mut(pointer)
                        .expect("the query just found it");
                    merge(node, update).map_err(|message| {
                        format!("target `{}`, at {pointer}: {message}", self.target)
                    })?;
                }
            }
            // From the back, so that the index of an earlier item of the same list stays true.
            Change::Remove => pointers
                .iter()
                .rev()
                .for_each(|pointer| remove(document, pointer)),
        }
        if before.as_ref() == Some(document) {
            return Err(format!(
                "the correction of `{}` changes nothing; remove it",
                self.target
            ));
        }
        Ok(())
    }
}

/// Merges as the specification says: mappings by key, lists by appending, the rest by replacing.
fn merge(node: &mut Value, update: &Value) -> Result<(), String> {
    match (node, update) {
        (Value::Object(node), Value::Object(update)) => merge_maps(node, update),
        (Value::Array(items), item) => {
            items.push(item.clone());
            Ok(())
        }
        (Value::Object(_), _) => Err("a mapping is updated with something else".into()),
        _ => Err("only a mapping or a list can be updated".into()),
    }
}

fn merge_maps(node: &mut Map<String, Value>, update: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in update {
        match (node.get_mut(key), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => merge_maps(inner, value)?,
            (Some(Value::Array(items)), Value::Array(more)) => items.extend(more.iter().cloned()),
            (Some(Value::Array(_) | Value::Object(_)), _) => {
                return Err(format!("`{key}` would change from a list or mapping"));
            }
            _ => {
                node.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(())
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        return;
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&key);
        }
        Some(Value::Array(items)) => {
            if let Some(index) = key.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(action: Value) -> Result<Value, String> {
        let mut document = json!({
            "info": {"title": "t"},
            "paths": {"/a/": {"get": {"tags": ["x"]}}, "/b/": {"get": {}}},
            "components": {"schemas": {
                "Job": {"properties": {"used": {"type": "integer"}}},
                "Other": {"properties": {"used": {"type": "integer"}}}
            }},
            "list": [1, 2, 3, 2]
        });
        let overlay = json!({
            "overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [action]
        });
        let mut problems = Problems::default();
        if let Some(overlay) = Overlay::parse("o.yaml", &overlay, &mut problems) {
            overlay.apply(&mut document, &mut problems);
        }
        problems
            .or_ok(document)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn an_action_that_hits_another_number_names_target_expected_and_found() {
        let target = "$.components.schemas.*.properties.used";
        let error = run(json!({
            "target": target, "x-kind": "correction", "x-reason": "r", "x-hits": 3,
            "update": {"type": "number"}
        }))
        .unwrap_err();
        assert_eq!(
            error,
            format!(
                "o.yaml: actions/0: target `{target}` was expected to hit 3 place(s) and found 2"
            )
        );
        assert!(run(json!({"target": "$.nowhere", "x-kind": "words", "update": {}})).is_err());
        assert!(run(json!({"target": "$.paths.*", "x-kind": "words", "update": {}})).is_err());
    }

    #[test]
    fn updates_merge_and_removals_remove() {
        let document = run(json!({
            "target": "$.components.schemas.*.properties.used", "x-kind": "correction",
            "x-reason": "r", "x-hits": 2, "update": {"type": "number"}
        }))
        .unwrap();
        assert_eq!(
            document["components"]["schemas"]["Job"]["properties"]["used"]["type"],
            "number"
        );
        let document = run(json!({
            "target": "$.paths['/a/'].get", "x-kind": "words",
            "update": {"tags": ["y"], "summary": "s"}
        }))
        .unwrap();
        assert_eq!(
            document["paths"]["/a/"]["get"],
            json!({"tags": ["x", "y"], "summary": "s"})
        );
        let document = run(json!({
            "target": "$.list[?@ == 2]", "x-kind": "words", "x-hits": 2, "remove": true
        }))
        .unwrap();
        assert_eq!(document["list"], json!([1, 3]));
    }

    #[test]
    fn a_correction_gives_its_reason_and_changes_something() {
        let correction = |extra: Value| {
            let mut action = json!({"target": "$.info", "x-kind": "correction"});
            for (key, value) in extra.as_object().unwrap() {
                action[key] = value.clone();
            }
            run(action)
        };
        let update = json!({"update": {"title": "u"}, "x-hits": 1});
        assert!(
            correction(update)
                .unwrap_err()
                .contains("lacks x-reason or x-hits")
        );
        let same = json!({"update": {"title": "t"}, "x-hits": 1, "x-reason": "r"});
        assert!(correction(same).unwrap_err().contains("changes nothing"));
        let odd = json!({"target": "$.info", "x-kind": "words", "update": {}, "x-raeson": "r"});
        assert!(run(odd).unwrap_err().contains("x-raeson"));
        let both = json!({"target": "$.info", "x-kind": "words", "update": {}, "remove": true});
        assert!(run(both).unwrap_err().contains("either"));
    }
}
