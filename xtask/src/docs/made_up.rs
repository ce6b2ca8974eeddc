//! A documentation site of any size in Mintlify's shape, in our own words: for tests and benches.
//!
//! The service is invented; page `n` describes one operation of it.

use std::fmt::Write as _;

use crate::generate::Folder;

/// The file name of page `n`, without its ending.
pub fn id(n: usize) -> String {
    format!("made-up-{n:03}")
}

/// The Markdown of page `n`.
pub fn page(n: usize) -> String {
    let credits = n % 7 + 1;
    let mut fields = String::new();
    for field in 0..8 {
        let _ = writeln!(
            fields,
            "        field_{field}: {{ type: string, maxLength: {}, description: 'Words of our own.' }}",
            10 + field
        );
    }
    format!(
        "> ## Documentation Index
> Fetch the complete documentation index at: https://docs.example/llms.txt

# Make thing {n}

Making thing {n} costs {credits} credits for every 10 seconds.

## OpenAPI

````yaml post /api/things_{n}/
openapi: 3.0.3
info:
  title: Made up
  version: 1.0.0
servers: []
paths:
  /api/things_{n}/:
    post:
      operationId: things_{n}_create
      tags:
        - things
      description: >-
        Makes one thing; its price stands
        above.
      requestBody:
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Thing{n}Request'
          application/x-www-form-urlencoded:
            schema:
              $ref: '#/components/schemas/Thing{n}Request'
          multipart/form-data:
            schema:
              $ref: '#/components/schemas/Thing{n}Request'
        required: true
      responses:
        '201':
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Thing{n}'
          description: ''
      security:
        - X-API-ID: []
          X-API-KEY: []
components:
  schemas:
    Thing{n}Request:
      type: object
      required: [field_0]
      properties:
        mode: {{ $ref: '#/components/schemas/Mode{n}' }}
{fields}    Mode{n}:
      enum:
        - plain_{n}
        - fancy_{n}
      type: string
    Thing{n}:
      type: object
      required: [id]
      properties:
        id: {{ type: string, format: uuid, readOnly: true }}
        made: {{ type: integer, nullable: true }}

````
"
    )
}

/// The index of a site with `pages` pages.
pub fn index(pages: usize) -> String {
    let mut text = String::from("# Made up\n\n## Docs\n\n");
    for n in 0..pages {
        let _ = writeln!(text, "- [Make thing {n}](/{}.md): makes it", id(n));
    }
    text.push_str("\n## OpenAPI Specs\n\n- [openapi](/openapi.json)\n- [elsewhere](https://elsewhere.example/a.md)\n");
    text
}

/// The smallest folder that is in order; everything else is accepted into it.
pub fn openapi() -> Folder {
    let mut folder = Folder::default();
    folder.insert(
        "pages.toml",
        "[[page]]\nid = \"base\"\nurl = \"https://github.com/made/up\"\nshape = \"prose\"\nread_on = \"2026-11-20\"\nvia = \"facts\"\ngrade = \"official\"\n",
    );
    folder.insert(
        "prices.toml",
        "[[rate]]\noperation = \"base.generate\"\nmillicredits = 1_000\nunit = \"call\"\ngrade = \"printed\"\npages = [\"base\"]\nread_on = \"2026-11-20\"\n",
    );
    folder.insert("disagreements.toml", "");
    folder.insert(
        "schemas/common.yaml",
        "schemas:\n  Base:\n    x-source: { page: base, read_on: \"2026-11-20\" }\n    type: object\n    properties:\n      id: { type: string }\n",
    );
    folder.insert(
        "operations/base_create.yaml",
        "source: { page: base, read_on: \"2026-11-20\" }\nmethod: post\npath: /api/base/\noperation:\n  operationId: base_create\n  x-operation: base.generate\n  x-blocking: false\n  responses:\n    '201':\n      description: \"\"\n      content: { application/json: { schema: { $ref: '#/components/schemas/Base' } } }\n",
    );
    folder.insert(
        "overlays/10-words.yaml",
        "overlay: 1.0.0\ninfo: { title: Words, version: \"1\" }\nactions:\n  - target: \"$.paths['/api/base/'].post\"\n    x-kind: words\n    update: { summary: Makes the base }\n",
    );
    folder
}
