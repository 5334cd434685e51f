//! Header fields as text, and lists within them (RFC 9110 section 5).

/// The fields of a message: a line `name:value` for each, names in any case.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a>(pub &'a str);

impl<'a> Headers<'a> {
    /// The field lines in order.
    pub fn lines(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.split('\n').filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name, value.trim_ascii()))
        })
    }

    /// The values of every field line of that name, in order.
    pub fn all(self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines()
            .filter(move |(line, _)| line.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The value of the first field line of that name.
    #[must_use]
    pub fn get(self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The value, if there is one field line of that name and no more.
    #[must_use]
    pub fn only(self, name: &'a str) -> Option<&'a str> {
        let mut values = self.all(name);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }

    /// Every member of the lists in the field lines of that name.
    pub fn list(self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(members)
    }
}

/// The members of a comma-separated list, quoted strings kept together; empty members do not count
/// (RFC 9110 section 5.6.1).
pub fn members(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut is_quoted, mut is_escaped, mut end) = (false, false, text.len());
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_quoted => is_escaped = true,
                b'"' => is_quoted = !is_quoted,
                b',' if !is_quoted => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        rest = text.get(end + 1..);
        Some(text.get(..end).unwrap_or_default().trim_ascii())
    })
    .filter(|member| !member.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_outside_of_quotes_only() {
        let rows: [(&str, &[&str]); 6] = [
            ("", &[]),
            (" , ,", &[]),
            ("a, b ,c", &["a", "b", "c"]),
            (r#"a="x, y", b"#, &[r#"a="x, y""#, "b"]),
            (r#"a="\", c", b"#, &[r#"a="\", c""#, "b"]),
            (r#"a="never closed, b"#, &[r#"a="never closed, b"#]),
        ];
        for (list, expected) in rows {
            assert_eq!(members(list).collect::<Vec<_>>(), expected, "{list}");
        }
    }

    #[test]
    fn fields_are_found_by_name() {
        let headers = Headers("a: 1 \nb:2\na:3, 4\nno line\n");
        assert_eq!(headers.get("a"), Some("1"));
        assert_eq!(headers.only("a"), None);
        assert_eq!(headers.only("b"), Some("2"));
        assert_eq!(headers.list("a").collect::<Vec<_>>(), ["1", "3", "4"]);
        assert_eq!(headers.get("c"), None);
    }
}
