//! Jobs: what the server says, what it means, and what to do next.
//!
//! A job is paid for once and then looked at until it is over. Nothing here looks: the
//! [`Machine`] is told what was seen and says when to look again. It never reads a clock and
//! never trusts a webhook.
//!
//! - [`Status`]: the server's word; [`Snapshot`]: one whole answer.
//! - [`LifeCycle`]: what "finished" means for a [`Resource`] and a [`Phase`].
//! - [`Progress`]: how answers merge; [`Stage`]: what follows from all of them.
//! - [`Machine`]: all of it over time. [`JobRef`]: what resumes it in a later process.
//! - [`VideoMark`]: tells the video of a render from the one that the job had before.

mod evidence;
mod generated;
#[cfg(feature = "serde")]
mod json;
mod life_cycle;
mod machine;
mod reference;
mod snapshot;
mod stage;
mod status;
mod video;

pub use self::evidence::Progress;
pub(crate) use self::evidence::{Baseline, Evidence};
pub use self::generated::Resource;
pub use self::life_cycle::{Finished, LifeCycle, When};
pub use self::machine::{Machine, MachineError, Output};
pub use self::reference::{InvalidId, JobRef, JobRefError, NoColon};
pub use self::snapshot::{Field, Outputs, Snapshot};
pub use self::stage::Stage;
pub use self::status::Status;
pub use self::video::{VideoMark, VideoMarkError};
pub use crate::pricing::Phase;
