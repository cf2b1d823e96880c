/** An object as kubectl reads it: YAML 1.1, in which `on`, `yes` and `N` are no words unless they are quoted, and 0440 is octal. */

import { stringify } from "yaml";

export function manifestText(object: object): string {
  return stringify(object, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}
