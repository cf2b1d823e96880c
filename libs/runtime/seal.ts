/** Seals texts that are to travel and to be stored, secrets of a config and reports alike: AES-256-GCM. */

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { LogburstError } from "../protocol/errors.ts";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A new key as text, for a private system of its own. */
export function newSealKey(): string {
  return randomBytes(32).toString("base64");
}

/** Seals a text; every call gives another result. @param place where it stands: it can be opened nowhere else */
export function seal(plain: string, key: string, place = ""): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, keyBytes(key), nonce).setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
}

/** Opens what `seal` made; another key, another place or a changed text is an error. */
export function unseal(sealed: string, key: string, place = ""): string {
  const bytes = Buffer.from(sealed, "base64");
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, keyBytes(key), nonce);
    decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new LogburstError("secret_unavailable", `what is sealed ${placed(place)}cannot be opened`, {
      remedies: [
        place === ""
          ? "give coordinator and workers the same LOGBURST_SEAL_KEY"
          : "put the key with which it was sealed back under its id into LOGBURST_STORE_KEYS_FILE",
      ],
      cause,
    });
  }
}

function placed(place: string): string {
  return place === "" ? "" : `in ${place} `;
}

/** Any text can be a key: its hash has the length that the cipher wants. */
function keyBytes(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
