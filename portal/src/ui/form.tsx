import { OpenwardError } from '@openward/client';
import { createContext, type FormEvent, type ReactNode, useContext, useRef, useState } from 'react';
import css from './form.module.css';
import { Notice } from './notice.tsx';
import { useProblemText } from './use-problem-text.ts';

type FormState = {
  /** What is wrong with a field, by its name: the path in the server's answer. */
  errorOf(name: string): string | undefined;
  clear(name: string): void;
  busy: boolean;
  /** Fields of a form say which of them may be left empty; what only filters says nothing. */
  marksOptional: boolean;
};

const FormContext = createContext<FormState>({
  errorOf: () => undefined,
  clear: () => undefined,
  busy: false,
  marksOptional: false,
});

/** What a form holds, by the names of its fields. */
export class FormValues {
  readonly #data: FormData;
  constructor(data: FormData) {
    this.#data = data;
  }
  text(name: string): string {
    const value = this.#data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  }
  /** As typed, blanks too: passwords. */
  exact(name: string): string {
    const value = this.#data.get(name);
    return typeof value === 'string' ? value : '';
  }
  /** Without its blanks. */
  code(name: string): string {
    return this.text(name).replaceAll(/\s/g, '');
  }
  /** Undefined when nothing was entered, for what is optional. */
  optional(name: string): string | undefined {
    return this.text(name) || undefined;
  }
  checked(name: string): boolean {
    return this.#data.get(name) !== null;
  }
}

export type FormProps = {
  /** What it rejects with is shown: at the fields that the server names, else above the buttons. Never called twice at once. */
  onSubmit(values: FormValues): Promise<void>;
  /** Says what to do about an error in this form's own words; null leaves it to the general ones. */
  explain?: ((error: OpenwardError) => ReactNode | null) | undefined;
  children: ReactNode;
  /** The buttons, below what went wrong. `busy` while it is being sent. */
  actions: (state: { busy: boolean }) => ReactNode;
  label?: string;
};

/** A form that keeps what was typed when something goes wrong, and leads to the first field that is wrong. */
export function Form({ onSubmit, explain, children, actions, label }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const problemText = useProblemText();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (busy || form.current === null) return;
    setBusy(true);
    setErrors({});
    setFailure(null);
    try {
      await onSubmit(new FormValues(new FormData(form.current)));
    } catch (error) {
      const fields = fieldErrors(form.current, error, problemText.field);
      setErrors(fields);
      setFailure(Object.keys(fields).length > 0 ? null : error);
      focusFirst(form.current, Object.keys(fields));
    } finally {
      setBusy(false);
    }
  }

  const state: FormState = {
    busy,
    marksOptional: true,
    errorOf: (name) => errors[name],
    clear: (name) => {
      if (errors[name] === undefined) return;
      const { [name]: _gone, ...left } = errors;
      setErrors(left);
    },
  };
  return (
    <FormContext value={state}>
      <form
        ref={form}
        className={css['form']}
        method="post"
        aria-label={label}
        onSubmit={(event) => void submit(event)}
      >
        {children}
        <div role="alert" hidden={failure === null}>
          {failure !== null && (
            <Notice kind="danger">
              {(failure instanceof OpenwardError ? explain?.(failure) : null) ?? problemText.of(failure)}
            </Notice>
          )}
        </div>
        {actions({ busy })}
      </form>
    </FormContext>
  );
}

export function useFormState(): FormState {
  return useContext(FormContext);
}

/** Only what a field of this form can show: the rest is said above the buttons. */
function fieldErrors(
  form: HTMLFormElement,
  error: unknown,
  say: (error: { code: string; detail: string }) => string,
): Record<string, string> {
  if (!(error instanceof OpenwardError)) return {};
  const named = error.errors.map((field) => [field.path, say(field)] as const);
  return Object.fromEntries(named.filter(([path]) => form.elements.namedItem(path) !== null));
}

function focusFirst(form: HTMLFormElement, names: string[]): void {
  const first = [...form.elements].find((element) => names.includes(element.getAttribute('name') ?? ''));
  if (first instanceof HTMLElement) requestAnimationFrame(() => first.focus());
}
