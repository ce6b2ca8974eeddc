//! What every emulator starts with: credentials, templates, personas and voices with fixed ids, so
//! that tests and examples can name them. None of these exist at the vendor's.

/// The id every emulator takes in `X-API-ID`, unless the builder names another.
pub const API_ID: &str = "e0000000-0000-4000-8000-000000000001";
/// The key every emulator takes in `X-API-KEY`, unless the builder names another. It opens nothing
/// but emulators.
pub const API_KEY: &str = "emulator-key";

/// A template of 15 seconds.
pub const TEMPLATE_15_SECONDS: &str = "7e000000-0000-4000-8000-000000000015";
/// A template of 30 seconds.
pub const TEMPLATE_30_SECONDS: &str = "7e000000-0000-4000-8000-000000000030";
/// A template of 45 seconds.
pub const TEMPLATE_45_SECONDS: &str = "7e000000-0000-4000-8000-000000000045";
/// A template of 10.4 seconds.
pub const TEMPLATE_10_4_SECONDS: &str = "7e000000-0000-4000-8000-000000000104";

/// A persona.
pub const PERSONA_ADA: &str = "a7000000-0000-4000-8000-000000000001";
/// A persona.
pub const PERSONA_BEN: &str = "a7000000-0000-4000-8000-000000000002";
/// A persona.
pub const PERSONA_CLEO: &str = "a7000000-0000-4000-8000-000000000003";

/// The accent of a voice: what `voice_id` and `override_voice` take.
pub const VOICE_CALM: &str = "b0000000-0000-4000-8000-000000000001";
/// The accent of a voice: what `voice_id` and `override_voice` take.
pub const VOICE_BRIGHT: &str = "b0000000-0000-4000-8000-000000000002";
/// The second accent of the bright voice.
pub const VOICE_BRIGHT_BRITISH: &str = "b0000000-0000-4000-8000-000000000003";

/// A template an account has made in the web editor.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) length_ms: i64,
}

pub(crate) static TEMPLATES: &[Template] = &[
    Template {
        id: TEMPLATE_15_SECONDS,
        name: "Quick offer",
        length_ms: 15_000,
    },
    Template {
        id: TEMPLATE_30_SECONDS,
        name: "Product in hand",
        length_ms: 30_000,
    },
    Template {
        id: TEMPLATE_45_SECONDS,
        name: "Three reasons",
        length_ms: 45_000,
    },
    Template {
        id: TEMPLATE_10_4_SECONDS,
        name: "One line",
        length_ms: 10_400,
    },
];

/// A stock avatar.
#[derive(Debug)]
pub(crate) struct Persona {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) gender: &'static str,
}

pub(crate) static PERSONAS: &[Persona] = &[
    Persona {
        id: PERSONA_ADA,
        name: "Ada",
        gender: "f",
    },
    Persona {
        id: PERSONA_BEN,
        name: "Ben",
        gender: "m",
    },
    Persona {
        id: PERSONA_CLEO,
        name: "Cleo",
        gender: "nb",
    },
];

/// A stock voice with its accents: id and name of each.
#[derive(Debug)]
pub(crate) struct Voice {
    pub(crate) name: &'static str,
    pub(crate) gender: &'static str,
    pub(crate) accents: &'static [(&'static str, &'static str)],
}

pub(crate) static VOICES: &[Voice] = &[
    Voice {
        name: "Calm",
        gender: "male",
        accents: &[(VOICE_CALM, "American")],
    },
    Voice {
        name: "Bright",
        gender: "female",
        accents: &[
            (VOICE_BRIGHT, "American"),
            (VOICE_BRIGHT_BRITISH, "British"),
        ],
    },
];

/// The ids of everything that has a picture.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    let templates = TEMPLATES.iter().map(|template| template.id);
    let personas = PERSONAS.iter().map(|persona| persona.id);
    let accents = VOICES.iter().flat_map(|voice| voice.accents);
    templates.chain(personas).chain(accents.map(|(id, _)| *id))
}

pub(crate) fn template(id: &str) -> Option<&'static Template> {
    TEMPLATES
        .iter()
        .find(|template| template.id.eq_ignore_ascii_case(id))
}

pub(crate) fn has_persona(id: &str) -> bool {
    PERSONAS
        .iter()
        .any(|persona| persona.id.eq_ignore_ascii_case(id))
}

pub(crate) fn has_voice(id: &str) -> bool {
    let mut accents = VOICES.iter().flat_map(|voice| voice.accents);
    accents.any(|(accent, _)| accent.eq_ignore_ascii_case(id))
}
