//! What proxies in front of the server report about a request: the client's address, and the URL that the client used.
//!
//! Only headers from trusted proxies count, because anyone can forge `X-Forwarded-*`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts, uri::Authority},
};

use super::state::{AppState, HttpSettings};

/// IP address of the client, from `X-Forwarded-For` if there are trusted proxies.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientAddress(pub IpAddr);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
        let trusted = state.settings.trusted_proxies;
        if trusted == 0 && is_local(peer) && parts.headers.contains_key("x-forwarded-for") {
            state.untrusted_proxy.report(state).await;
        }
        Ok(Self(forwarded_for(&parts.headers, trusted).unwrap_or(peer)))
    }
}

/// Returns the part of an address that identifies a client: the full IPv4 address, or the first 64 bits of an IPv6
/// address, because a single client usually has an entire /64.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

/// Returns whether a proxy with this address is on the same machine or local network.
fn is_local(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// Returns the entry that the outermost trusted proxy appended. Earlier entries could be forged.
fn forwarded_for(headers: &HeaderMap, trusted_proxies: u8) -> Option<IpAddr> {
    let back = usize::from(trusted_proxies).checked_sub(1)?;
    entries(headers, "x-forwarded-for").iter().rev().nth(back)?.parse().ok()
}

/// Returns the value that the outermost trusted proxy set. Some proxies append to this header, while others replace it.
fn forwarded<'a>(headers: &'a HeaderMap, name: &str, trusted_proxies: u8) -> Option<&'a str> {
    entries(headers, name).into_iter().rev().take(usize::from(trusted_proxies)).next_back()
}

fn entries<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|value| !value.is_empty()).collect()
}

/// Returns whether the browser uses TLS to connect to the outermost trusted proxy or to `PUBLIC_URL`.
pub(super) fn is_https(headers: &HeaderMap, settings: &HttpSettings) -> bool {
    match forwarded(headers, "x-forwarded-proto", settings.trusted_proxies) {
        Some(protocol) => protocol.eq_ignore_ascii_case("https"),
        None => settings.public_origin.as_ref().is_some_and(|origin| origin.starts_with("https:")),
    }
}

/// Returns the scheme and host for links, from `PUBLIC_URL` if it is set, or else as the client sees them.
pub(super) fn origin(parts: &Parts, settings: &HttpSettings) -> String {
    if let Some(origin) = &settings.public_origin {
        return origin.clone();
    }
    let forwarded = forwarded(&parts.headers, "x-forwarded-host", settings.trusted_proxies);
    let host = forwarded.or_else(|| host(&parts.headers));
    let host = host.or_else(|| parts.uri.authority().map(Authority::as_str)).unwrap_or("localhost");
    let scheme = if is_https(&parts.headers, settings) { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// Returns whether an `Origin` header names this site, which is `PUBLIC_URL` or the host reported by a trusted proxy or
/// the client. Default ports may be omitted.
pub(super) fn is_our_origin(origin: &str, headers: &HeaderMap, settings: &HttpSettings) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    if settings.public_origin.as_ref().is_some_and(|public| public.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    let fold = |host: &str| host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase();
    let forwarded = forwarded(headers, "x-forwarded-host", settings.trusted_proxies);
    [forwarded, host(headers)].into_iter().flatten().any(|host| fold(host) == fold(authority))
}

/// Returns the `Host` header.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|&(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    fn settings(trusted_proxies: u8, public_origin: Option<&str>) -> HttpSettings {
        let public_origin = public_origin.map(str::to_owned);
        HttpSettings { trusted_proxies, public_origin, ..HttpSettings::sample() }
    }

    #[test]
    fn only_entries_of_trusted_proxies_are_used() {
        let headers = headers(&[("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.9")]);
        let address = |text: &str| text.parse::<IpAddr>().ok();
        assert_eq!(forwarded_for(&headers, 0), None);
        assert_eq!(forwarded_for(&headers, 1), address("10.0.0.9"));
        assert_eq!(forwarded_for(&headers, 2), address("1.2.3.4"));
        assert_eq!(forwarded_for(&headers, 9), None);
    }

    #[test]
    fn only_trusted_proxies_can_report_https() {
        let over_https = |value: &'static str, trusted| {
            is_https(&headers(&[("x-forwarded-proto", value)]), &settings(trusted, None))
        };
        assert!(over_https("https", 1) && over_https("HTTPS", 2) && over_https("http, https, http", 2));
        assert!(!over_https("https", 0) && !over_https("http", 1) && !over_https("https, http", 1));
        assert!(!is_https(&HeaderMap::new(), &settings(1, None)));
        assert!(is_https(&HeaderMap::new(), &settings(0, Some("https://manna.example"))));
    }

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network() {
        let network = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
    }

    #[test]
    fn our_origin_is_the_public_url_or_a_host_with_default_ports_folded() {
        let forwarded = headers(&[("host", "127.0.0.1:5000"), ("x-forwarded-host", "manna.example:443")]);
        let is_ours = |origin: &str, trusted, public| is_our_origin(origin, &forwarded, &settings(trusted, public));
        assert!(is_ours("https://manna.example", 1, None) && is_ours("https://MANNA.example", 1, None));
        assert!(is_ours("http://127.0.0.1:5000", 0, None));
        assert!(!is_ours("https://manna.example", 0, None), "the proxy is not trusted");
        assert!(!is_ours("http://manna.example", 1, None), "another port");
        assert!(is_ours("https://public.example", 0, Some("https://public.example")));
        assert!(!is_ours("http://public.example", 0, Some("https://public.example")));
        assert!(!is_ours("null", 1, None) && !is_ours("https://evil.example", 1, Some("https://public.example")));
    }
}
