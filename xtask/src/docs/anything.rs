//! Every reader on any text: what fuzzing and the small corpus run. Nothing may panic.

use super::{
    finding, flattened, full, known::KnownOperation, markdown, page, price, printed::Printed,
    rates, text, tutorial, yaml_edit,
};

/// Reads a text as a page of every shape; returns how many operations all of them found.
pub fn page(text: &str) -> usize {
    let models = ["standard".to_owned()];
    let known = KnownOperation::default();
    let shape = page::shape(text, None);
    let mut found: Vec<Printed> = vec![
        flattened::read(text, &known, &models),
        full::read(text, None, &models),
        tutorial::read(text, &models),
        markdown::read_tutorial(text, &models),
        markdown::read_changelog(text, &models),
        markdown::read_prose(text, &models),
    ];
    found.extend(markdown::read_api(text, &models));
    let lines: Vec<&str> = text.lines().collect();
    let _ = (text::curl(&lines), text::json(&lines), shape);
    let _ = finding::group(Vec::new());
    for operation in found.iter().flat_map(|printed| &printed.operations) {
        let _ = rates::price_id(&operation.method, &operation.path);
    }
    found.iter().map(|printed| printed.operations.len()).sum()
}

/// Reads prices, prints each and reads it again.
///
/// # Panics
///
/// When a printed price does not read as itself, which no text may bring about.
pub fn prices(text: &str) {
    let models = ["standard".to_owned()];
    for price in price::parse(text, &models) {
        let mut known = models.to_vec();
        known.extend(price.model.clone());
        let again = price::parse(&price.to_string(), &known);
        assert_eq!(again, [price], "a printed price reads as itself");
    }
    let quoted = yaml_edit::quoted(text);
    let _ = serde_saphyr::from_str::<serde_json::Value>(&quoted);
}
