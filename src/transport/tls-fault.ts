// Which failed handshakes are weather and which are configuration.

/** Codes of OpenSSL and the runtime for a certificate that did not pass, among those for a handshake that failed. */
const CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ALTNAME|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE/;

/** What a handshake that failed with this code is. */
export function tlsFault(code: string): "tls" | "certificate" {
  return CERTIFICATE.test(code) ? "certificate" : "tls";
}
