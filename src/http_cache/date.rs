//! HTTP dates (RFC 9110 section 5.6.7): the preferred form and the two old ones.

/// Reads a date as milliseconds since 1970. What is no valid date of one of the three forms is none: a
/// response whose `Expires` cannot be read is stale (RFC 9111 section 5.3).
#[must_use]
pub fn parse_date(text: &str, now_ms: f64) -> Option<f64> {
    let mut words = text.split_ascii_whitespace();
    let first = words.next()?;
    if let Some(weekday) = first.strip_suffix(',') {
        let second = words.next()?;
        let (day, month, year) = match second.split_once('-') {
            // Sunday, 06-Nov-94 08:49:37 GMT
            Some((day, rest)) => {
                let (month, year) = rest.split_once('-')?;
                (digits(day, 2)?, month, full_year(digits(year, 2)?, now_ms))
            }
            // Sun, 06 Nov 1994 08:49:37 GMT
            None if weekday.len() == 3 => {
                (digits(second, 2)?, words.next()?, digits(words.next()?, 4)?)
            }
            None => return None,
        };
        let time = time_of_day(words.next()?)?;
        let is_end = words.next() == Some("GMT") && words.next().is_none();
        return is_end.then(|| stamp(year, month_number(month)?, day, time))?;
    }
    // Sun Nov  6 08:49:37 1994
    let month = month_number(words.next()?)?;
    let day = words.next()?;
    let day = digits(day, day.len().clamp(1, 2))?;
    let time = time_of_day(words.next()?)?;
    let year = digits(words.next()?, 4)?;
    words.next().is_none().then(|| stamp(year, month, day, time))?
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.bytes().fold(0, |number, byte| number * 10 + u32::from(byte - b'0')))
}

fn time_of_day(text: &str) -> Option<u32> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    let (hour, minute, second) = (digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?);
    // 60 is a leap second.
    (hour < 24 && minute < 60 && second <= 60).then_some((hour * 60 + minute) * 60 + second)
}

fn month_number(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    (1..).zip(MONTHS).find(|(_, month)| *month == text).map(|(number, _)| number)
}

/// A year of two digits that would lie more than 50 years ahead is the one in the past.
fn full_year(short: u32, now_ms: f64) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // A year of the clock's range.
    let this_year = 1970 + (now_ms / 31_556_952_000.0) as u32;
    let year = this_year - this_year % 100 + short;
    if year > this_year + 50 { year - 100 } else { year }
}

fn stamp(year: u32, month: u32, day: u32, seconds: u32) -> Option<f64> {
    if !(1..=31).contains(&day) {
        return None;
    }
    // The count of days of the civil calendar, years beginning in March.
    let year = i64::from(year) - i64::from(month <= 2);
    let month = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    #[allow(clippy::cast_precision_loss)] // Far below 2^53.
    Some((days * 86_400 + i64::from(seconds)) as f64 * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_mean_the_same() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(parse_date(text, 1.7e12), Some(784_111_777_000.0), "{text}");
        }
        assert_eq!(parse_date("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), Some(0.0));
        assert_eq!(parse_date("Sat, 29 Feb 2020 23:59:60 GMT", 0.0), Some(1_583_020_800_000.0));
        assert_eq!(
            parse_date("Thursday, 18-Aug-50 02:01:18 GMT", 1.7e12),
            Some(2_544_400_878_000.0)
        );
        assert_eq!(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", 4.0e12), Some(3_939_871_777_000.0));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "0",
            "-1",
            "foo",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 08.49.37 GMT",
            "Sun, 06 Noe 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 GMT x",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun Nov 6 08:49:37 94",
        ] {
            assert_eq!(parse_date(text, 1.7e12), None, "{text}");
        }
    }
}
