//! A picture of one colour as a PNG file, built by hand. Must not need an image library.

/// A valid PNG of `width` by `height` pixels in one colour; both from 1 to 64.
pub(crate) fn picture(width: u8, height: u8, [red, green, blue]: [u8; 3]) -> Vec<u8> {
    let (width, height) = (width.clamp(1, 64), height.clamp(1, 64));
    // A row begins with its filter, which is none.
    let pixels = [red, green, blue].repeat(width.into());
    let rows = [&[0], &pixels[..]].concat().repeat(height.into());
    let mut header = Vec::new();
    header.extend(u32::from(width).to_be_bytes());
    header.extend(u32::from(height).to_be_bytes());
    header.extend([8, 2, 0, 0, 0]); // 8 bits a channel, RGB, no interlace
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &zlib(&rows));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut checked = kind.to_vec();
    checked.extend(data);
    file.extend(length(data).to_be_bytes());
    file.extend(&checked);
    file.extend(crc32(&checked).to_be_bytes());
}

/// A zlib stream of one stored block: `data` holds at most 64 rows of 193 bytes, less than the
/// 65,535 a block takes.
fn zlib(data: &[u8]) -> Vec<u8> {
    let size = length(data) as u16;
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend(size.to_le_bytes());
    stream.extend((!size).to_le_bytes());
    stream.extend(data);
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn length(data: &[u8]) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc >>= 1;
            if carry == 1 {
                crc ^= 0xedb8_8320;
            }
        }
    }
    !crc
}

fn adler32(data: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in data {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_agree_with_their_published_check_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_opens_and_closes_as_a_png_does() {
        let file = picture(9, 16, [1, 2, 3]);
        assert!(file.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x09\0\0\0\x10"));
        assert!(file.ends_with(b"IEND\xae\x42\x60\x82"));
        assert_eq!(picture(0, 255, [0; 3]).len(), picture(1, 64, [0; 3]).len());
    }
}
