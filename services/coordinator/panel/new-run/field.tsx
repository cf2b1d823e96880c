/** A field of a form that is made from a JSON Schema, and all that stands below it. */

import { useSignal } from "@preact/signals";
import { say } from "../words/words.ts";
import { choiceName, choicesOf, chosenOf, initialOf, type JsonSchema, kindOf, lengthOf } from "./schema.ts";

export interface FieldProps {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly value: unknown;
  /** Undefined takes it away, where that may be. */
  readonly onChange: (value: unknown) => void;
  readonly isRequired: boolean;
}

export function Field(props: FieldProps) {
  const kind = kindOf(props.schema);
  if (kind === "object" || kind === "list" || kind === "choice") return <Group {...props} kind={kind} />;
  const { name, schema, isRequired, onChange } = props;
  return (
    <div class="field">
      <div>
        <code>{name}</code> {schema.description && <small>{schema.description}</small>}
        <Input {...props} />
      </div>
      {!isRequired && <Remove name={name} onRemove={() => onChange(undefined)} />}
    </div>
  );
}

function Remove({ name, onRemove }: { name: string; onRemove: () => void }) {
  return (
    <button
      type="button"
      class="remove"
      aria-label={say("remove", name)}
      title={say("remove", name)}
      onClick={onRemove}
    >
      ×
    </button>
  );
}

function Group({ kind, ...props }: FieldProps & { kind: "object" | "list" | "choice" }) {
  const { name, schema, isRequired, onChange } = props;
  return (
    <fieldset>
      <legend>
        <code>{name}</code> {schema.description && <small>{schema.description}</small>}
        {!isRequired && <Remove name={name} onRemove={() => onChange(undefined)} />}
      </legend>
      {kind === "object" && <Fields {...props} />}
      {kind === "list" && <List {...props} />}
      {kind === "choice" && <Choice {...props} />}
    </fieldset>
  );
}

/** Those that are there or must be; the others can be added. */
function Fields({ schema, value, onChange }: FieldProps) {
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { properties = {}, required = [] } = schema;
  const names = Object.keys(properties);
  // What only tells one choice from another is said by the choice.
  const shown = names.filter(
    (name) => properties[name]?.const === undefined && (name in fields || required.includes(name)),
  );
  const absent = names.filter((name) => !(name in fields) && !required.includes(name));
  const set = (name: string, next: unknown) => {
    const { [name]: _before, ...rest } = fields;
    onChange(next === undefined ? rest : { ...fields, [name]: next });
  };
  return (
    <>
      {shown.map((name) => (
        <Field
          key={name}
          name={name}
          schema={properties[name] ?? {}}
          value={fields[name]}
          isRequired={required.includes(name)}
          onChange={(next) => set(name, next)}
        />
      ))}
      {absent.length > 0 && (
        <select
          class="add"
          aria-label={say("add_field")}
          value=""
          onChange={(event) => {
            const name = event.currentTarget.value;
            if (name !== "") set(name, initialOf(properties[name] ?? {}));
            event.currentTarget.value = "";
          }}
        >
          <option value="">+ {say("add_field")}</option>
          {absent.map((name) => (
            <option key={name} value={name} title={properties[name]?.description}>
              {name}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

function List({ name, schema, value, onChange }: FieldProps) {
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const items = schema.items ?? {};
  return (
    <>
      {values.map((each, index) => (
        <Field
          key={index}
          name={`${name}[${index}]`}
          schema={items}
          value={each}
          isRequired={false}
          onChange={(next) =>
            onChange(
              values.flatMap((other, at) => (at !== index ? [other] : next === undefined ? [] : [next])),
            )
          }
        />
      ))}
      <button type="button" onClick={() => onChange([...values, initialOf(items)])}>
        + {say("add_entry")}
      </button>
    </>
  );
}

function Choice({ name, schema, value, onChange }: FieldProps) {
  const choices = choicesOf(schema);
  const chosen = chosenOf(schema, value) ?? {};
  return (
    <>
      <select
        aria-label={name}
        value={String(choices.indexOf(chosen))}
        onChange={(event) => onChange(initialOf(choices[Number(event.currentTarget.value)] ?? {}))}
      >
        {choices.map((choice, index) => (
          <option key={choiceName(choice)} value={String(index)}>
            {choiceName(choice)}
          </option>
        ))}
      </select>
      {kindOf(chosen) === "object" ? (
        <Fields name={name} schema={chosen} value={value} isRequired onChange={onChange} />
      ) : (
        <Input name={name} schema={chosen} value={value} isRequired onChange={onChange} />
      )}
    </>
  );
}

function Input({ name, schema, value, onChange }: FieldProps) {
  switch (kindOf(schema)) {
    case "enum":
      return (
        <select
          aria-label={name}
          value={String(value)}
          onChange={(event) =>
            onChange(schema.enum?.find((each) => String(each) === event.currentTarget.value) ?? schema.const)
          }
        >
          {(schema.enum ?? [schema.const]).map((each) => (
            <option key={String(each)} value={String(each)}>
              {String(each)}
            </option>
          ))}
        </select>
      );
    case "number":
      return (
        <input
          type="number"
          aria-label={name}
          step="any"
          value={String(value ?? "")}
          onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
        />
      );
    case "flag":
      return (
        <input
          type="checkbox"
          aria-label={name}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "text":
    case "length":
      return (
        <input
          aria-label={name}
          value={String(value ?? "")}
          onInput={({ currentTarget: { value: text } }) =>
            onChange(kindOf(schema) === "length" ? lengthOf(text) : text)
          }
        />
      );
    default:
      return <Json name={name} value={value} onChange={onChange} />;
  }
}

/** Taken over when it can be read. */
function Json({ name, value, onChange }: Pick<FieldProps, "name" | "value" | "onChange">) {
  const text = useSignal(JSON.stringify(value ?? {}));
  const isBad = useSignal(false);
  return (
    <textarea
      aria-label={name}
      aria-invalid={isBad.value}
      rows={2}
      spellcheck={false}
      value={text}
      onInput={({ currentTarget }) => {
        text.value = currentTarget.value;
        try {
          onChange(JSON.parse(currentTarget.value));
          isBad.value = false;
        } catch {
          isBad.value = true;
        }
      }}
    />
  );
}
