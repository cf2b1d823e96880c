/** Whether the page is a document, to be kept and printed: all rows stand in it, and its charts are drawn without a script too. */

import { createContext } from "preact";

export const Printed = createContext(false);
