//! Pages of our own in every shape, and the small `openapi/` that agrees with them.
//!
//! The service is invented. Its words are ours.

use xtask::docs::{Class, Known};
use xtask::generate::{self, Folder};

/// Edits of a page: what is replaced, by what, and the class, kind and place that must be found.
pub(crate) type Edits = &'static [(
    &'static str,
    &'static str,
    Class,
    &'static str,
    &'static str,
)];

const FLATTENED: &str = "\
Bakes one pot. Baking costs 3 credits for every 20 seconds.
Documentation Index
Fetch the complete documentation index at: https://docs.example/llms.txt
id (string): Number of the potstatus (string): How far it is. Possible values are waiting, hot, donepot_url (string): Where it stands once doneAPI ID, a header.
API Key, a header.
Name of the pot. Default is null.
40Model version that bakes. Default is 'standard'. Standard model costs 3 credits per 20 seconds, and fast_v1 model costs 2 credits per second.
standard - Slowfast_v1 - Quickstandard, fast_v1 Size of the pot.
Pot url. Expires in 6 hours.
waiting - Waitinghot - Hotdone - Readywaiting, hot, done Size of the pot.";

const FULL: &str = "\
POST
/
api
/
cups
/
cURL
curl --request POST \\
  --url https://api.example/api/cups/ \\
  --data '
{
  \"name\": \"<string>\",
  \"handles\": 2,
  \"glaze\": \"matt\"
}
'
Making a cup costs 2 credits per image.
Authorizations
X-API-ID
string
header
required
Body
name
string
required
Maximum string length: 30
handles
integer
default:2
Required range: 0 <= x <= 4
glaze
enum<string>
Available options:
matt,
gloss
Response
201 - application/json
id
string<uuid>
required
read-only
glaze
enum<string>
Available options:
matt,
gloss
made_at
string<date-time> | null
required
read-only";

const TUTORIAL: &str = "\
How to make many plates
Endpoint
POST /api/plates/
Costs 4 credits per 10s per plate.
curl --request POST \\
--url https://api.example/api/plates/ \\
--data '{
\"styles\": [
\"flat\",
\"deep\"
],
\"count\": 3
}'
Webhook Callback Example
{
\"id\" : \"1\" ,
\"plates\" : null
}
That is all.";

const MARKDOWN: &str = "\
> ## Documentation Index
> Fetch the complete documentation index at: https://docs.example/llms.txt

# Make a bowl

A bowl costs 1 credit per call.

## OpenAPI

````yaml bowls.yml POST /api/bowls/
openapi: 3.0.3
info: { title: t, version: '1' }
paths:
  /api/bowls/:
    post:
      operationId: bowls_create
      tags: [bowls]
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: '#/components/schemas/BowlRequest' }
      responses:
        '201':
          description: ''
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Bowl' }
components:
  schemas:
    BowlRequest:
      type: object
      required: [width]
      properties:
        width: { type: integer, minimum: 1, maximum: 90 }
        rim: { $ref: '#/components/schemas/Rim' }
    Rim:
      type: string
      enum: [thin, thick]
    Bowl:
      type: object
      required: [id]
      properties:
        id: { type: string, format: uuid }
        weight: { type: number, nullable: true }

````
";

const CHANGELOG: &str = "\
# What changed

## May 2026

* `fast\\_v1`: now **2 credits per second** (previously 9 credits per 10 seconds)

## January 2026

* `fast_v1` costs 9 credits per 10 seconds.
";

const BILLING: &str = "\
# Billing

| Plan | Price | Credits |
| - | - | - |
| Small | \\$10 | 100 |
| Large | \\$90 | 1,000 |
";

const PAGES: &[(&str, &str, &str)] = &[
    ("pots-create", "flattened", FLATTENED),
    ("cups-create", "full", FULL),
    ("plates-tutorial", "tutorial", TUTORIAL),
    ("bowls-create", "mintlify-md", MARKDOWN),
    ("changelog", "changelog", CHANGELOG),
    ("billing", "prose", BILLING),
];

/// The pages, by id.
pub(crate) fn pages() -> Vec<(&'static str, &'static str)> {
    PAGES.iter().map(|(id, _, text)| (*id, *text)).collect()
}

/// The edits of a page.
pub(crate) fn edits(page: &str) -> Edits {
    match page {
        "pots-create" => &[
            (
                "costs 3 credits for every",
                "costs 4 credits for every",
                Class::Price,
                "price",
                "pot.generate/standard",
            ),
            (
                "costs 2 credits per second",
                "costs 1 credit per second",
                Class::Price,
                "price",
                "pot.generate/fast_v1",
            ),
            (
                "40Model",
                "41Model",
                Class::Api,
                "maxLength",
                "name/maxLength",
            ),
            (
                "'standard'",
                "'fast_v1'",
                Class::Api,
                "default",
                "model_version/default",
            ),
            (
                "6 hours",
                "7 hours",
                Class::Api,
                "x-expires-hours",
                "pot_url/x-expires-hours",
            ),
            ("waiting", "queued", Class::Api, "enum", "enum"),
            (
                "pot_url (string)",
                "kiln_url (string)",
                Class::Api,
                "webhook-key",
                "PotWebhook",
            ),
            (
                "- Quick",
                "- Swift",
                Class::Text,
                "title",
                "x-value-titles/fast_v1",
            ),
            (
                "Bakes one pot",
                "Bakes a pot",
                Class::Text,
                "words",
                "pots-create",
            ),
            (
                "standard, fast_v1 Size of the pot.\n",
                "standard, fast_v1 Size of the pot.\nColour, as a word.\n",
                Class::Api,
                "statement-unknown",
                "pots-create",
            ),
        ],
        "cups-create" => &[
            (
                "length: 30",
                "length: 20",
                Class::Api,
                "maxLength",
                "name/maxLength",
            ),
            ("x <= 4", "x <= 6", Class::Api, "maximum", "handles/maximum"),
            ("gloss", "satin", Class::Api, "enum", "Glaze/enum"),
            (
                "default:2",
                "default:1",
                Class::Api,
                "default",
                "handles/default",
            ),
            (
                "2 credits per image",
                "3 credits per image",
                Class::Price,
                "price",
                "cup.generate",
            ),
            (
                "201 - application/json",
                "202 - application/json",
                Class::Api,
                "status-code",
                "responses",
            ),
            (
                "made_at\nstring<date-time> | null",
                "made_at\nstring<date-time>",
                Class::Api,
                "nullable",
                "made_at/nullable",
            ),
            (
                "name\nstring\nrequired\n",
                "name\nstring\n",
                Class::Api,
                "required",
                "name/required",
            ),
            (
                "Response\n",
                "colour\nstring\nResponse\n",
                Class::Api,
                "field-new",
                "colour",
            ),
        ],
        "plates-tutorial" => &[
            (
                "4 credits per 10s",
                "5 credits per 10s",
                Class::Price,
                "price",
                "plate.generate",
            ),
            (
                "per 10s per plate",
                "per 10s",
                Class::Price,
                "charged-per",
                "x-charged-per",
            ),
            ("\"deep\"", "\"wide\"", Class::Api, "enum", "PlateStyle"),
            (
                "\"count\": 3",
                "\"count\": \"three\"",
                Class::Api,
                "type",
                "count/type",
            ),
            (
                "\"plates\" :",
                "\"dishes\" :",
                Class::Api,
                "webhook-key",
                "PlateWebhook",
            ),
            (
                "That is all.",
                "That was all.",
                Class::Text,
                "words",
                "plates-tutorial",
            ),
        ],
        "bowls-create" => &[
            (
                "1 credit per call",
                "2 credits per call",
                Class::Price,
                "price",
                "bowl.generate",
            ),
            (
                "maximum: 90",
                "maximum: 80",
                Class::Api,
                "maximum",
                "width/maximum",
            ),
            (
                "[thin, thick]",
                "[thin, thick, none]",
                Class::Api,
                "enum",
                "Rim/enum",
            ),
            ("[thin, thick]", "[thin]", Class::Api, "enum", "Rim/enum"),
            (
                "weight: { type: number, nullable: true }",
                "weight: { type: string, nullable: true }",
                Class::Api,
                "type",
                "weight/type",
            ),
            (
                "weight: { type: number, nullable: true }",
                "weight: { type: number }",
                Class::Api,
                "nullable",
                "weight/nullable",
            ),
            (
                "required: [width]",
                "required: [width, rim]",
                Class::Api,
                "required",
                "rim/required",
            ),
            (
                "        rim: {",
                "        foot: { type: boolean }\n        rim: {",
                Class::Api,
                "field-new",
                "foot",
            ),
            (
                "        weight:",
                "        mass:",
                Class::Api,
                "field-renamed",
                "weight",
            ),
            ("'201':", "'200':", Class::Api, "status-code", "responses"),
            ("/api/bowls/", "/api/basins/", Class::Api, "path", "bowls"),
            (
                "        required: true\n",
                "        required: false\n",
                Class::Api,
                "body-required",
                "requestBody",
            ),
            (
                "Make a bowl",
                "Throw a bowl",
                Class::Text,
                "words",
                "bowls-create",
            ),
            (
                "openapi: 3.0.3",
                "openapi: 2.0",
                Class::Unreadable,
                "unreadable",
                "bowls-create",
            ),
        ],
        "changelog" => &[
            (
                "**2 credits per second**",
                "**3 credits per second**",
                Class::Price,
                "price",
                "*/fast_v1",
            ),
            (
                "costs 9 credits per 10",
                "costs 8 credits per 10",
                Class::Price,
                "price",
                "*/fast_v1",
            ),
            (
                "What changed",
                "What has changed",
                Class::Text,
                "words",
                "changelog",
            ),
        ],
        "billing" => &[
            ("\\$10", "\\$12", Class::Price, "plan", "plan/Small"),
            ("1,000", "1,100", Class::Price, "plan", "plan/Large"),
            (
                "# Billing",
                "# What it costs",
                Class::Text,
                "words",
                "billing",
            ),
        ],
        _ => &[],
    }
}

const PRICES: &str = r#"
[[rate]]
operation = "pot.generate"
model = "standard"
millicredits = 3_000
unit = "time"
unit_seconds = 20
grade = "printed"
pages = ["pots-create"]
read_on = "2026-11-20"

[[rate]]
operation = "pot.generate"
model = "fast_v1"
millicredits = 9_000
unit = "time"
unit_seconds = 10
effective_from = "2026-01"
grade = "printed"
pages = ["changelog"]
read_on = "2026-11-20"

[[rate]]
operation = "pot.generate"
model = "fast_v1"
millicredits = 2_000
unit = "time"
unit_seconds = 1
effective_from = "2026-05"
grade = "printed"
pages = ["pots-create", "changelog"]
read_on = "2026-11-20"

[[rate]]
operation = "cup.generate"
millicredits = 2_000
unit = "image"
grade = "printed"
pages = ["cups-create"]
read_on = "2026-11-20"

[[rate]]
operation = "plate.generate"
millicredits = 4_000
unit = "time"
unit_seconds = 10
grade = "printed"
pages = ["plates-tutorial"]
read_on = "2026-11-20"

[[rate]]
operation = "bowl.generate"
millicredits = 1_000
unit = "call"
grade = "printed"
pages = ["bowls-create"]
read_on = "2026-11-20"

[[plan]]
name = "small"
title = "Small"
credits = 100
cents = 1_000
page = "billing"
grade = "printed"
read_on = "2026-11-20"

[[plan]]
name = "large"
title = "Large"
credits = 1_000
cents = 9_000
page = "billing"
grade = "printed"
read_on = "2026-11-20"
"#;

const SCHEMAS: &str = "\
# All of the pottery.
schemas:
  PotRequest:
    x-source: { page: pots-create, read_on: \"2026-11-20\" }
    type: object
    properties:
      name: { type: string, nullable: true, default: null, maxLength: 40 }
      model_version:
        allOf: [{ $ref: '#/components/schemas/ModelVersion' }]
        default: standard
      size: { type: integer }
  Pot:
    x-source: { page: pots-create, read_on: \"2026-11-20\" }
    type: object
    required: [id, status]
    properties:
      id: { type: string, x-undescribed: true }
      pot_url: { type: string, x-expires-hours: 6 }
      status: { $ref: '#/components/schemas/JobStatus' }
      size: { type: integer }
  PotWebhook:
    x-source: { page: pots-create, read_on: \"2026-11-20\" }
    type: object
    required: [id, status, pot_url]
    properties:
      id: { type: string }
      status: { $ref: '#/components/schemas/JobStatus' }
      pot_url: { type: string }
  ModelVersion:
    x-source: { page: pots-create, read_on: \"2026-11-20\" }
    type: string
    enum: [standard, fast_v1]
    x-value-titles: { standard: Slow, fast_v1: Quick }
  JobStatus:
    x-source: { page: pots-create, read_on: \"2026-11-20\" }
    type: string
    enum: [waiting, hot, done]
  CupRequest:
    x-source: { page: cups-create, read_on: \"2026-11-20\" }
    type: object
    required: [name]
    properties:
      name: { type: string, maxLength: 30 }
      handles: { type: integer, default: 2, minimum: 0, maximum: 4 }
      glaze: { $ref: '#/components/schemas/Glaze' }
  Cup:
    x-source: { page: cups-create, read_on: \"2026-11-20\" }
    type: object
    required: [id, made_at]
    properties:
      id: { type: string, format: uuid, readOnly: true }
      glaze: { $ref: '#/components/schemas/Glaze' }
      made_at: { type: string, format: date-time, nullable: true, readOnly: true }
  Glaze:
    x-source: { page: cups-create, read_on: \"2026-11-20\" }
    type: string
    enum: [matt, gloss]
  PlateRequest:
    x-source: { page: plates-tutorial, read_on: \"2026-11-20\" }
    type: object
    properties:
      styles:
        type: array
        items: { $ref: '#/components/schemas/PlateStyle' }
      count: { type: integer }
  PlateStyle:
    x-source: { page: plates-tutorial, read_on: \"2026-11-20\" }
    type: string
    x-known-values: [flat, deep]
  Plate:
    x-source: { page: plates-tutorial, read_on: \"2026-11-20\" }
    type: object
    required: [id]
    properties:
      id: { type: string, x-undescribed: true }
  PlateWebhook:
    x-source: { page: plates-tutorial, read_on: \"2026-11-20\" }
    type: object
    required: [id, plates]
    properties:
      id: { type: string }
      plates: { type: string, nullable: true }
  BowlRequest:
    x-source: { page: bowls-create, read_on: \"2026-11-20\" }
    type: object
    required: [width]
    properties:
      width: { type: integer, minimum: 1, maximum: 90 }
      rim: { $ref: '#/components/schemas/Rim' }
  Rim:
    x-source: { page: bowls-create, read_on: \"2026-11-20\" }
    type: string
    enum: [thin, thick]
  Bowl:
    x-source: { page: bowls-create, read_on: \"2026-11-20\" }
    type: object
    required: [id]
    properties:
      id: { type: string, format: uuid }
      weight: { type: number, nullable: true }
";

fn operation(name: &str, page: &str, rest: &str, webhook: &str) -> String {
    let one = name.trim_end_matches('s');
    let schema = format!("{}{}", one[..1].to_uppercase(), &one[1..]);
    let callbacks = if webhook.is_empty() {
        String::new()
    } else {
        format!(
            "  callbacks:
    done:
      '{{$request.body#/webhook_url}}':
        post:
          operationId: webhook_{name}_create
          security: []
          requestBody:
            required: true
            content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/{webhook}' }} }} }}
          responses: {{ '200': {{ description: \"\" }} }}
"
        )
    };
    format!(
        "source: {{ page: {page}, read_on: \"2026-11-20\" }}
method: post
path: /api/{name}/
operation:
  operationId: {name}_create
  tags: [pottery]
  x-operation: {one}.generate
  x-blocking: false
{rest}  requestBody:
    required: true
    content:
      application/json:
        schema: {{ $ref: '#/components/schemas/{schema}Request' }}
  responses:
    '201':
      description: \"\"
      content:
        application/json:
          schema: {{ $ref: '#/components/schemas/{schema}' }}
{callbacks}"
    )
}

/// The folder that agrees with the pages.
pub(crate) fn openapi() -> Folder {
    let mut folder = Folder::default();
    let mut pages = String::from("# The pages of the pottery.\n");
    for (id, shape, text) in PAGES {
        let digest = generate::digest(text);
        pages.push_str(&format!(
            "\n[[page]]\nid = \"{id}\"\nurl = \"https://docs.example/{id}\"\nshape = \"{shape}\"\nread_on = \"2026-11-20\"\ndigest = \"{digest}\"\n"
        ));
    }
    folder.insert("pages.toml", pages);
    folder.insert("prices.toml", PRICES);
    folder.insert("disagreements.toml", "");
    folder.insert("schemas/pottery.yaml", SCHEMAS);
    for (name, page, rest, webhook) in [
        ("pots", "pots-create", "", "PotWebhook"),
        ("cups", "cups-create", "", ""),
        (
            "plates",
            "plates-tutorial",
            "  x-charged-per: plate\n",
            "PlateWebhook",
        ),
        ("bowls", "bowls-create", "", ""),
    ] {
        folder.insert(
            format!("operations/{name}_create.yaml"),
            operation(name, page, rest, webhook),
        );
    }
    let mut words = String::from(
        "overlay: 1.0.0\ninfo: { title: Words, version: \"1\" }\nactions:\n  - target: $\n    x-kind: words\n    update:\n      tags: [{ name: pottery, description: Pots and more. }]\n",
    );
    for name in ["pots", "cups", "plates", "bowls"] {
        words.push_str(&format!(
            "  - target: \"$.paths['/api/{name}/'].post\"\n    x-kind: words\n    update: {{ summary: Makes one of the {name} }}\n"
        ));
    }
    folder.insert("overlays/10-words.yaml", words);
    folder
}

/// The folder, read.
pub(crate) fn known() -> Known {
    Known::read(&openapi()).expect("our own folder is in order")
}
