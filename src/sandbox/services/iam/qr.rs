//! The picture of a virtual MFA device's seed that an authenticator app scans.

use std::io::Write as _;

use crc_fast::{CrcAlgorithm, checksum};
use qrcode::{Color, EcLevel, QrCode};

/// Width of one module of the code, in pixels.
const SCALE: usize = 4;
/// The quiet zone around the code, in modules (ISO/IEC 18004).
const QUIET: usize = 4;
/// Most bytes in one stored block of a zlib stream.
const BLOCK: usize = 0xffff;

/// A PNG file with the QR code of a text; `None` when the text is too long for one.
pub fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
    let width = code.width();
    let side = (width + 2 * QUIET) * SCALE;
    let colors = code.to_colors();
    let dark = |x: usize, y: usize| -> bool {
        let inside = |at: usize| (at / SCALE).checked_sub(QUIET).filter(|at| *at < width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => colors.get(y * width + x) == Some(&Color::Dark),
            _ => false,
        }
    };
    // One bit a pixel, a filter byte before each row; 1 is white.
    let mut rows = Vec::with_capacity(side * (side / 8 + 2));
    for y in 0..side {
        rows.push(0);
        for left in (0..side).step_by(8) {
            let byte = (0..8).fold(0_u8, |byte, bit| {
                let x = left + bit;
                let white = x < side && !dark(x, y);
                (byte << 1) | u8::from(white)
            });
            rows.push(byte);
        }
    }
    let side = u32::try_from(side).ok()?;
    let mut header = Vec::new();
    header.extend(side.to_be_bytes());
    header.extend(side.to_be_bytes());
    // Depth 1, grey, no interlacing.
    header.extend([1, 0, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &header)?;
    chunk(&mut out, *b"IDAT", &stored(&rows)?)?;
    chunk(&mut out, *b"IEND", &[])?;
    Some(out)
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Option<()> {
    out.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    let mut named = kind.to_vec();
    named.extend(data);
    let sum = u32::try_from(checksum(CrcAlgorithm::Crc32IsoHdlc, &named)).ok()?;
    out.write_all(&named).ok()?;
    out.extend(sum.to_be_bytes());
    Some(())
}

/// A zlib stream that stores its data as it is: the pictures are small.
fn stored(data: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![0x78, 0x01];
    let blocks = data.chunks(BLOCK);
    let last = blocks.len().saturating_sub(1);
    for (index, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).ok()?;
        out.push(u8::from(index == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    out.extend(((high << 16) | low).to_be_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_a_png_of_whole_chunks() {
        let png = png("otpauth://totp/phone@123456789012?secret=ABCDEFGH").unwrap();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let (mut at, mut names) = (8, Vec::new());
        while at < png.len() {
            let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
            let named = &png[at + 4..at + 8 + length];
            let sum = &png[at + 8 + length..at + 12 + length];
            let expected = checksum(CrcAlgorithm::Crc32IsoHdlc, named);
            assert_eq!(
                u64::from(u32::from_be_bytes(sum.try_into().unwrap())),
                expected
            );
            names.push(String::from_utf8(named[..4].to_vec()).unwrap());
            at += 12 + length;
        }
        assert_eq!(names, ["IHDR", "IDAT", "IEND"]);
        let side = u32::from_be_bytes(png[16..20].try_into().unwrap());
        assert_eq!(side % 4, 0);
        assert!(super::png(&"x".repeat(5000)).is_none());
    }
}
