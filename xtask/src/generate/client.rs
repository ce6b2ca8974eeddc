//! Makes the low-level client from the lowered document.
//!
//! Progenitor writes the first draft; what it gets wrong for our purpose is put right in its syntax
//! tree, never in the printed text: doc comments that rustdoc would misread, a constructor that
//! panics, lint exceptions without a reason.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use openapiv3::OpenAPI;
use progenitor::{
    GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl, TypePatch,
};
use quote::quote;
use syn::{Attribute, Item, visit_mut::VisitMut};

use super::{docs, lower::Lowered};

/// What stands above the generated items, below the do-not-edit line.
const HEAD: &str = "\
//! The operations and types of the API, as the documentation describes them.
//!
//! Made from the lowered copy of `openapi/creatify.json`; behaviour is added around it, in the
//! hooks, never in here.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    unused_imports,
    rust_2018_idioms,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::map_unwrap_or,
    clippy::redundant_closure_for_method_calls,
    clippy::semicolon_if_nothing_returned,
    clippy::uninlined_format_args,
    reason = \"generated; the generator's style is not ours\"
)]
";

/// The unformatted source of the client.
///
/// # Errors
///
/// When the generator refuses the document, or its output lacks a type or a place that the
/// corrections rely on.
pub fn source(lowered: &Lowered) -> Result<String> {
    let spec: OpenAPI = serde_json::from_value(lowered.document.clone())
        .context("the lowered document is no OpenAPI 3.0 document")?;
    let tokens = Generator::new(&settings(lowered))
        .generate_tokens(&spec)
        .context("progenitor refused the lowered document")?;
    let mut file: syn::File = syn::parse2(tokens).context("progenitor's output is no Rust")?;
    Corrections.visit_file_mut(&mut file);
    default_extra(&mut file);
    correct_client(&mut file)?;
    assert_types(&file, lowered)?;
    docs::rewrite(&mut file);
    Ok(format!("{HEAD}\n{}", prettyplease::unparse(&file)))
}

fn settings(lowered: &Lowered) -> GenerationSettings {
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::Inner))
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    for open in &lowered.enums {
        let path = format!("crate::enums::{}", open.name);
        settings.with_replacement(&open.name, path, impls());
    }
    for name in &lowered.lenient {
        settings.with_replacement(name, format!("crate::lenient::{name}"), impls());
    }
    for (names, is_request) in [(&lowered.requests, true), (&lowered.answers, false)] {
        for name in names {
            let mut patch = TypePatch::default();
            // A new field of the API is then no breaking change of the crate.
            patch.with_attr("#[non_exhaustive]");
            if is_request {
                // One attribute text holds derive and helper, because attributes are sorted and a
                // helper in front of its derive is an error.
                patch.with_attr(
                    "#[derive(::bon::Builder)] #[builder(on(::std::string::String, into))]",
                );
            }
            patch.with_attr("#[cfg_attr(feature = \"schemars\", derive(::schemars::JsonSchema))]");
            settings.with_patch(name, &patch);
        }
    }
    settings
}

fn impls() -> impl Iterator<Item = TypeImpl> {
    [TypeImpl::Display, TypeImpl::FromStr].into_iter()
}

/// Takes out the lint exceptions inside the output; one at the top of the file covers it.
struct Corrections;

impl VisitMut for Corrections {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| !attribute.path().is_ident("allow"));
    }
}

/// Lets the builders of requests leave out `extra`, the place of unknown fields.
fn default_extra(file: &mut syn::File) {
    struct Extra;
    impl VisitMut for Extra {
        fn visit_item_struct_mut(&mut self, item: &mut syn::ItemStruct) {
            if !item
                .attrs
                .iter()
                .any(|attribute| attribute.path().is_ident("builder"))
            {
                return;
            }
            for field in &mut item.fields {
                if field.ident.as_ref().is_some_and(|name| name == "extra") {
                    field.attrs.push(syn::parse_quote!(#[builder(default)]));
                }
            }
        }
    }
    Extra.visit_file_mut(file);
}

/// Drops the constructor that panics and hides the other, so that only the crate's own is left.
fn correct_client(file: &mut syn::File) -> Result<()> {
    file.items
        .retain(|item| !matches!(item, Item::Mod(module) if module.ident == "prelude"));
    let mut hidden = 0;
    for item in &mut file.items {
        let Item::Impl(block) = item else { continue };
        if block.trait_.is_some() {
            continue;
        }
        block.items.retain(
            |member| !matches!(member, syn::ImplItem::Fn(function) if function.sig.ident == "new"),
        );
        for member in &mut block.items {
            if let syn::ImplItem::Fn(function) = member
                && function.sig.ident == "new_with_client"
            {
                function.vis = syn::parse_quote!(pub(crate));
                hidden += 1;
            }
        }
    }
    if hidden != 1 {
        bail!("progenitor's output has {hidden} functions `new_with_client`, not one");
    }
    Ok(())
}

/// Settings that name an unknown type are ignored without a word, so every name is looked up.
fn assert_types(file: &syn::File, lowered: &Lowered) -> Result<()> {
    let Some(types) = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    }) else {
        bail!("progenitor's output has no module `types`");
    };
    let mut structs = BTreeSet::new();
    let mut others = BTreeSet::new();
    for item in &types.1 {
        match item {
            Item::Struct(item) => {
                structs.insert(item.ident.to_string());
            }
            Item::Enum(item) => {
                others.insert(item.ident.to_string());
            }
            Item::Type(item) => {
                others.insert(item.ident.to_string());
            }
            _ => {}
        }
    }
    let wanted: BTreeSet<String> = lowered.requests.union(&lowered.answers).cloned().collect();
    let missing: Vec<&String> = wanted.difference(&structs).collect();
    if !missing.is_empty() {
        bail!("the schemas {missing:?} did not become structs of the client");
    }
    let invented: Vec<&String> = structs.difference(&wanted).chain(&others).collect();
    if !invented.is_empty() {
        bail!("the client has the types {invented:?}, which are no schemas of the document");
    }
    Ok(())
}
