//! The template of a `HostnameGenerator`: the part of Go's templates that names are made of.
use super::is_host_name;

/// A template that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostnameTemplate(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(TemplateField),
}

/// What a template may say of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateField {
    /// `.Name`: what its resource is called here.
    Name,
    /// `.DisplayName`: what its author calls it.
    DisplayName,
    /// `.Namespace`: the Kubernetes namespace that it came from.
    Namespace,
    /// `.Mesh`
    Mesh,
    /// `.Zone`: the zone that it is in.
    Zone,
    /// `label "KEY"`: the value of a label. Without that label there is no name.
    Label(String),
}

impl HostnameTemplate {
    /// Reads a template. `None`: it does what only Go understands.
    ///
    /// # Errors
    /// What Kuma says of it.
    pub fn parse(template: &str) -> Result<Option<Self>, String> {
        let (mut parts, mut rest) = (Vec::new(), template);
        while let Some((before, after)) = rest.split_once("{{") {
            let (action, after) = after.split_once("}}").ok_or("couldn't parse template: unclosed action")?;
            let (before, action) = match action.strip_prefix("- ") {
                Some(action) => (before.trim_end(), action),
                None => (before, action),
            };
            let (action, after) = match action.strip_suffix(" -") {
                Some(action) => (action, after.trim_start()),
                None => (action, after),
            };
            let field = match action.trim() {
                "" => return Err("couldn't parse template: missing value for command".to_owned()),
                ".Name" => TemplateField::Name,
                ".DisplayName" => TemplateField::DisplayName,
                ".Namespace" => TemplateField::Namespace,
                ".Mesh" => TemplateField::Mesh,
                ".Zone" => TemplateField::Zone,
                action => match label(action) {
                    Some(key) => TemplateField::Label(key.to_owned()),
                    None if action.strip_prefix('.').is_some_and(is_identifier) => {
                        return Err(format!("couldn't render template with stub values: can't evaluate field {}", &action[1..]));
                    }
                    None => return Ok(None),
                },
            };
            parts.extend([Part::Text(before.to_owned()), Part::Field(field)]);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Some(Self(parts)))
    }

    /// What it makes of a service of which `field` says what is asked for; `None` if that has something not.
    pub fn render<'a>(&self, field: &impl Fn(&TemplateField) -> Option<&'a str>) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Field(of) => field(of),
        });
        parts.collect()
    }

    /// What it asks of whatever it makes a name of.
    pub fn fields(&self) -> impl Iterator<Item = &TemplateField> {
        self.0.iter().filter_map(|part| if let Part::Field(field) = part { Some(field) } else { None })
    }

    /// The domain in which all names lie that it makes: the labels at their end that are the same for every service. `None`: there are none.
    pub fn domain(&self) -> Option<&str> {
        let domain = match self.0.as_slice() {
            [Part::Text(name)] => name.as_str(),
            [.., Part::Text(end)] => end.split_once('.')?.1,
            _ => return None,
        };
        is_host_name(domain).then_some(domain)
    }

    /// The name that Kuma renders to try a template out.
    pub(super) fn sample(&self) -> String {
        let sample = self.render(&|field| {
            Some(match field {
                TemplateField::Name => "name",
                TemplateField::DisplayName => "displayname",
                TemplateField::Namespace => "namespace",
                TemplateField::Mesh => "mesh",
                TemplateField::Zone => "zone",
                TemplateField::Label(_) => "label",
            })
        });
        sample.unwrap_or_default()
    }
}

/// The label that `label "KEY"` asks for.
fn label(action: &str) -> Option<&str> {
    let quoted = action.strip_prefix("label")?.trim_start();
    ['"', '`'].into_iter().find_map(|quote| {
        let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains([quote, '\\'])).then_some(inner)
    })
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
