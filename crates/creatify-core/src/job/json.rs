//! Statuses, stages and job references as JSON: their text.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Field, JobRef, Resource, Stage, Status};
use crate::text::{write_as_name, write_as_text};

write_as_text!(JobRef, Status);
write_as_name!(Field, Resource, Stage);
