// The token after the # of a letter's QR code, as verify/govah_verify/letter_token.py mints it.
"use strict";

const CONTEXT = new TextEncoder().encode("govah letter token\0");
const SIGNATURE_BYTES = 64;
const NEWEST_VERSION = 2;
// Bytes of the claims of version 1, and those of version 2 without its initials.
const CLAIMS_BYTES = { 1: 37, 2: 48 };
const LONGEST_INITIALS = 8;

class TokenMalformed extends Error {}
class TokenNewer extends Error {}

const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const readNumber = (bytes) => bytes.reduce((number, byte) => number * 256 + byte, 0);
const decodeBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const decodeBase64Url = (text) => {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) throw new TokenMalformed(text);
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  const bytes = decodeBase64(plain);
  // The last letter has bits that are not used, so several texts decode to the same bytes. Only one is a token.
  if (btoa(String.fromCharCode(...bytes)).replaceAll("=", "") !== plain) throw new TokenMalformed(text);
  return bytes;
};

const readPerson = (body) => ({
  firstMonth: readNumber(body.slice(21, 23)),
  lastMonth: readNumber(body.slice(23, 25)),
  statementHash: toHex(body.slice(25, 41)),
  nameValue: readNumber(body.slice(41, 43)),
  numberValue: readNumber(body.slice(43, 45)),
  birthYear: readNumber(body.slice(45, 47)),
  initials: new TextDecoder("utf-8", { ignoreBOM: true }).decode(body.slice(48)),
});

// Returns the claims of a token before anybody has looked at its signature.
const readToken = (token) => {
  const bytes = decodeBase64Url(token);
  const version = bytes[0];
  if (version > NEWEST_VERSION && bytes.length > CLAIMS_BYTES[1] + SIGNATURE_BYTES) throw new TokenNewer(token);
  const length = version === 2 ? CLAIMS_BYTES[2] + Math.min(bytes[47], LONGEST_INITIALS) : CLAIMS_BYTES[version];
  if (bytes.length !== length + SIGNATURE_BYTES) throw new TokenMalformed(token);
  const body = bytes.slice(0, length);
  const claims = {
    version,
    keyId: toHex(body.slice(1, 9)),
    serial: String(readNumber(body.slice(9, 15))).padStart(13, "0"),
    issuedOn: readNumber(body.slice(15, 18)),
    totalDays: readNumber(body.slice(18, 21)),
  };
  const signed = { claims, body, signature: bytes.slice(length) };
  if (version === 1) return { ...signed, claims: { ...claims, statementHash: toHex(body.slice(21)) } };
  return { ...signed, claims: { ...claims, ...readPerson(body) } };
};

// The browser's own Ed25519, or the library's where the browser has none.
const verifySignature = async (key, signature, message) => {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return ed25519.verifyAsync(signature, message, key, { zip215: false });
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
};

const isSignedBy = (key, { body, signature }) => {
  const message = new Uint8Array(CONTEXT.length + body.length);
  message.set(CONTEXT);
  message.set(body, CONTEXT.length);
  return verifySignature(decodeBase64Url(key.x), signature, message);
};

// Returns the host and the path of an address, or null. A port that goes without saying is left out.
const splitAddress = (address) => {
  const parts = /^(https?):\/\/([^/?#@]+)((?:[/?][^#]*)?)$/i.exec(address);
  if (!parts) return null;
  const port = parts[1].toLowerCase() === "https" ? ":443" : ":80";
  const host = parts[2].toLowerCase();
  return [host.endsWith(port) ? host.slice(0, -port.length) : host, parts[3]];
};

const findAddressFault = (address, serial, addresses) => {
  if (!address) return null;
  const [host, path] = splitAddress(address) ?? ["", address];
  const ours = addresses.map((one) => splitAddress(`${one.replace(/\/+$/, "")}/l/${serial}`));
  if (ours.some((one) => one && one[0] === host && one[1] === path)) return null;
  return ours.some((one) => one && one[0] === host) ? "other-serial" : "other-address";
};

const SERIAL_ONLY = /(?:^|\/l\/)(\d{13})$/;

// Returns what the text of a QR code proves: a state, and the claims where it has any.
const checkText = async (text) => {
  const plain = normaliseDigits(text).replace(/[\s\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/gu, "");
  const mark = plain.lastIndexOf("#");
  const address = plain.slice(0, Math.max(mark, 0));
  const serial = SERIAL_ONLY.exec(plain);
  if (serial) return { state: "serial-only", serial: serial[1] };
  let token;
  try {
    token = readToken(plain.slice(mark + 1));
  } catch (error) {
    return { state: error instanceof TokenNewer ? "newer" : "not-letter" };
  }
  const { claims } = token;
  const key = setup.keys.find((one) => one.kid === claims.keyId);
  if (!key) return { state: "key-unknown", serial: claims.serial };
  if (!(await isSignedBy(key, token))) return { state: "changed" };
  const fault = findAddressFault(address, claims.serial, setup.addresses);
  return { state: fault ?? "genuine", serial: claims.serial, claims };
};
