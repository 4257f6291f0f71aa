//! How both ends of a connection prove who they are: SPIFFE certificates, which come by secrets of their own (SDS).
use super::{Rendered, XdsType};
use strait_core::plan::{ClusterTls, Trust};
use strait_proto::{
    any::pack,
    envoy::r#type::matcher::v3::{StringMatcher, string_matcher::MatchPattern},
    envoy::{
        config::{
            core::v3::{
                AggregatedConfigSource, ApiVersion, ConfigSource, DataSource, TransportSocket, TypedExtensionConfig, data_source::Specifier,
            },
            listener::v3::ListenerFilter,
        },
        extensions::{
            filters::listener::tls_inspector::v3::TlsInspector,
            transport_sockets::tls::v3::{
                CertificateValidationContext, CommonTlsContext, DownstreamTlsContext, SdsSecretConfig, Secret, SpiffeCertValidatorConfig,
                SubjectAltNameMatcher, TlsCertificate, TlsParameters, UpstreamTlsContext,
                common_tls_context::{CombinedCertificateValidationContext, ValidationContextType},
                secret::Type,
                spiffe_cert_validator_config::TrustDomain,
                subject_alt_name_matcher::SanType,
                tls_parameters::TlsProtocol,
            },
        },
    },
};

/// What the secret with whom a proxy trusts is called, as in Kuma.
const TRUST: &str = "system_trust_bundle";
/// What clients of a mesh offer, as in Kuma. Servers choose no protocol: HTTP/2 is known by how it begins, and would not be looked for if another
/// was chosen.
const ALPN: &str = "kuma";

/// Everything comes over the one stream.
pub(super) fn ads() -> ConfigSource {
    ConfigSource { ads: Some(AggregatedConfigSource {}), resource_api_version: ApiVersion::V3.into(), ..ConfigSource::default() }
}

/// A proxy's own certificate, with its key.
pub(crate) fn certificate(name: &str, chain: &str, key: &str) -> Rendered {
    let certificate = TlsCertificate { certificate_chain: Some(inline(chain)), private_key: Some(inline(key)) };
    secret(name, Type::TlsCertificate(certificate))
}

/// Whom a proxy trusts. If that is nobody, Envoy is told so, and refuses everybody: without the secret it would go on with what it was told before.
pub(super) fn trust(trust: &Trust) -> Rendered {
    let domains = trust.domains.iter().map(|(name, authorities)| {
        let bundle: Vec<&str> = authorities.iter().map(|pem| pem.trim()).collect();
        TrustDomain { name: name.clone(), trust_bundle: Some(inline(&(bundle.join("\n") + "\n"))) }
    });
    let validator = SpiffeCertValidatorConfig { trust_domains: domains.collect() };
    let validator = TypedExtensionConfig { name: "envoy.tls.cert_validator.spiffe".to_owned(), typed_config: Some(pack(&validator)) };
    let context = CertificateValidationContext { custom_validator_config: Some(validator), ..CertificateValidationContext::default() };
    secret(TRUST, Type::ValidationContext(context))
}

/// Of those who connect to a proxy: they have to show a certificate that it trusts.
pub(super) fn downstream(identity: &str) -> TransportSocket {
    let validation = ValidationContextType::ValidationContextSdsSecretConfig(by_sds(TRUST));
    let common = CommonTlsContext { alpn_protocols: Vec::new(), ..common(identity, validation) };
    let context = DownstreamTlsContext { common_tls_context: Some(common), require_client_certificate: Some(true) };
    socket(pack(&context))
}

/// Of those to whom a proxy connects: they have to be who serves the destination.
pub(super) fn upstream(tls: &ClusterTls) -> TransportSocket {
    let san = |id: &String| SubjectAltNameMatcher {
        san_type: SanType::Uri.into(),
        matcher: Some(StringMatcher { match_pattern: Some(MatchPattern::Exact(id.clone())) }),
    };
    let servers = CertificateValidationContext {
        match_typed_subject_alt_names: tls.servers.iter().map(san).collect(),
        ..CertificateValidationContext::default()
    };
    let validation = ValidationContextType::CombinedValidationContext(CombinedCertificateValidationContext {
        default_validation_context: Some(servers),
        validation_context_sds_secret_config: Some(by_sds(TRUST)),
    });
    let context = UpstreamTlsContext { common_tls_context: Some(common(&tls.identity, validation)), sni: tls.sni.clone() };
    socket(pack(&context))
}

/// Looks at the server name that is asked for.
pub(super) fn inspector() -> ListenerFilter {
    ListenerFilter { name: "envoy.filters.listener.tls_inspector".to_owned(), typed_config: Some(pack(&TlsInspector {})) }
}

fn common(identity: &str, validation: ValidationContextType) -> CommonTlsContext {
    CommonTlsContext {
        tls_params: Some(TlsParameters { tls_minimum_protocol_version: TlsProtocol::TlSv12.into(), ..TlsParameters::default() }),
        alpn_protocols: vec![ALPN.to_owned()],
        tls_certificate_sds_secret_configs: vec![by_sds(identity)],
        validation_context_type: Some(validation),
    }
}

fn by_sds(name: &str) -> SdsSecretConfig {
    SdsSecretConfig { name: name.to_owned(), sds_config: Some(ads()) }
}

fn socket(context: prost_types::Any) -> TransportSocket {
    TransportSocket { name: "envoy.transport_sockets.tls".to_owned(), typed_config: Some(context) }
}

fn secret(name: &str, of: Type) -> Rendered {
    Rendered::new(XdsType::Secret, name, &Secret { name: name.to_owned(), r#type: Some(of) })
}

fn inline(text: &str) -> DataSource {
    DataSource { specifier: Some(Specifier::InlineString(text.to_owned())) }
}
