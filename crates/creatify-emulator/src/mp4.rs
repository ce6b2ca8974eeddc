//! A small MP4 file, built box by box: one still picture shown for the whole length, which players
//! with a PNG decoder show and every parser of ISO base media files reads. Must not encode video.

/// Ticks a second of every time in the file.
const TIMESCALE: u32 = 1_000;

/// A file of `length_ms` milliseconds that shows the PNG `picture` of the given size.
pub(crate) fn video(length_ms: i64, picture: &[u8], width: u8, height: u8) -> Vec<u8> {
    let length = u32::try_from(length_ms.max(0)).unwrap_or(u32::MAX);
    let start = kind(
        b"ftyp",
        &[b"isom", &0x200_u32.to_be_bytes(), b"isomiso2mp41"],
    );
    // The offset of the picture depends on the size of the boxes before it, not on its value.
    let measured = movie(length, picture.len(), width, height, 0);
    let offset = start.len() + measured.len() + 8;
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    let mut file = start;
    file.extend(movie(length, picture.len(), width, height, offset));
    file.extend(kind(b"mdat", &[picture]));
    file
}

fn movie(length: u32, size: usize, width: u8, height: u8, offset: u32) -> Vec<u8> {
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    let header = full(
        b"mvhd",
        0,
        &[
            &words(&[0, 0, TIMESCALE, length, 0x0001_0000]),
            &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], // volume 1.0, reserved
            &matrix(),
            &words(&[0, 0, 0, 0, 0, 0, 2]),
        ],
    );
    let table = kind(
        b"stbl",
        &[
            &full(b"stsd", 0, &[&words(&[1]), &sample_entry(width, height)]),
            &full(b"stts", 0, &[&words(&[1, 1, length])]),
            &full(b"stsc", 0, &[&words(&[1, 1, 1, 1])]),
            &full(b"stsz", 0, &[&words(&[size, 1])]),
            &full(b"stco", 0, &[&words(&[1, offset])]),
        ],
    );
    let source = full(b"dref", 0, &[&words(&[1]), &full(b"url ", 1, &[])]);
    let information = kind(
        b"minf",
        &[
            &full(b"vmhd", 1, &[&[0; 8]]),
            &kind(b"dinf", &[&source]),
            &table,
        ],
    );
    let handler = full(b"hdlr", 0, &[&words(&[0]), b"vide", &[0; 12], b"picture\0"]);
    let undetermined = [0x55, 0xc4, 0, 0]; // language code "und"
    let media_header = full(
        b"mdhd",
        0,
        &[&words(&[0, 0, TIMESCALE, length]), &undetermined],
    );
    let media = kind(b"mdia", &[&media_header, &handler, &information]);
    let fixed = |side: u8| (u32::from(side) << 16).to_be_bytes();
    let track_header = full(
        b"tkhd",
        3, // enabled, in the movie
        &[
            &words(&[0, 0, 1, 0, length, 0, 0, 0, 0]),
            &matrix(),
            &fixed(width),
            &fixed(height),
        ],
    );
    kind(
        b"moov",
        &[&header, &kind(b"trak", &[&track_header, &media])],
    )
}

/// An `mp4v` entry whose descriptor says PNG (object type 0x6d).
fn sample_entry(width: u8, height: u8) -> Vec<u8> {
    let decoder = [&[0x04, 13, 0x6d, 0x11][..], &[0; 11]].concat();
    let layer = [0x06, 1, 2];
    let stream = [&[0x03, 21, 0, 1, 0][..], &decoder, &layer].concat();
    let descriptor = full(b"esds", 0, &[&stream]);
    let mut fields = vec![0, 0, 0, 0, 0, 0, 0, 1];
    fields.extend([0; 16]);
    fields.extend(u16::from(width).to_be_bytes());
    fields.extend(u16::from(height).to_be_bytes());
    fields.extend(words(&[0x0048_0000, 0x0048_0000, 0])); // 72 dpi
    fields.extend([0, 1]); // one frame a sample
    fields.extend([0; 32]);
    fields.extend([0, 24, 0xff, 0xff]); // 24 bits, no colour table
    kind(b"mp4v", &[&fields, &descriptor])
}

/// The matrix that changes nothing.
fn matrix() -> Vec<u8> {
    words(&[0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000])
}

fn words(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

/// A box: its size, its kind, its parts.
fn kind(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let size = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut whole = u32::try_from(size)
        .unwrap_or(u32::MAX)
        .to_be_bytes()
        .to_vec();
    whole.extend(name);
    for part in parts {
        whole.extend(*part);
    }
    whole
}

/// A box of version 0 with flags.
fn full(name: &[u8; 4], flags: u32, parts: &[&[u8]]) -> Vec<u8> {
    let flags = flags.to_be_bytes();
    let mut all: Vec<&[u8]> = vec![&flags];
    all.extend(parts);
    kind(name, &all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The boxes inside `data` as name and content.
    fn boxes(mut data: &[u8]) -> Vec<(String, &[u8])> {
        let mut found = Vec::new();
        while !data.is_empty() {
            let size = u32::from_be_bytes(data[..4].try_into().unwrap()) as usize;
            let name = String::from_utf8(data[4..8].to_vec()).unwrap();
            found.push((name, &data[8..size]));
            data = &data[size..];
        }
        found
    }

    fn inside<'a>(data: &'a [u8], path: &[&str]) -> &'a [u8] {
        path.iter().fold(data, |data, name| {
            let found = boxes(data).into_iter().find(|(found, _)| found == name);
            found.unwrap_or_else(|| panic!("no {name}")).1
        })
    }

    #[test]
    fn the_boxes_fit_into_each_other_and_say_the_length() {
        let file = video(45_000, b"picture", 9, 16);
        let names: Vec<_> = boxes(&file).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["ftyp", "moov", "mdat"]);
        let header = inside(&file, &["moov", "mvhd"]);
        assert_eq!(header.len(), 100);
        assert_eq!(header[12..20], [0, 0, 3, 232, 0, 0, 175, 200]); // 1000 and 45000
        assert_eq!(inside(&file, &["moov", "trak", "tkhd"]).len(), 84);
        assert_eq!(inside(&file, &["moov", "trak", "mdia", "mdhd"]).len(), 24);
    }

    #[test]
    fn the_chunk_offset_points_at_the_picture() {
        let file = video(1, b"picture", 9, 16);
        let table = inside(&file, &["moov", "trak", "mdia", "minf", "stbl", "stco"]);
        let offset = u32::from_be_bytes(table[8..12].try_into().unwrap()) as usize;
        assert_eq!(&file[offset..offset + 7], b"picture");
    }
}
