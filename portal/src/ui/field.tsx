import { type InputHTMLAttributes, type ReactNode, useId, useState } from 'react';
import { useText } from '#i18n/use-text.ts';
import { cx } from './cx.ts';
import css from './field.module.css';
import { useFormState } from './form.tsx';
import { Icon } from './icon.tsx';

type Common = {
  /** The server's name for it, with dots where it is inside another: `address.city`. */
  name: string;
  label: string;
  hint?: string | undefined;
};

type Wiring = {
  id: string;
  name: string;
  'aria-invalid': boolean | undefined;
  'aria-describedby': string | undefined;
  onInput: () => void;
};

/** Label above, hint and error below, tied to the control. All fields are made of this. */
function Field({
  name,
  label,
  hint,
  required = false,
  children,
}: Common & { required?: boolean | undefined; children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const t = useText('shell');
  const { errorOf, clear, marksOptional } = useFormState();
  const error = errorOf(name);
  const describedBy = cx(error !== undefined && `${id}-error`, hint !== undefined && `${id}-hint`) || undefined;
  return (
    <div className={css['field']}>
      <label className={css['label']} htmlFor={id}>
        {label}
        {!required && marksOptional && <span className={css['optional']}> ({t('optional')})</span>}
      </label>
      {children({
        id,
        name,
        'aria-invalid': error === undefined ? undefined : true,
        'aria-describedby': describedBy,
        onInput: () => clear(name),
      })}
      {error !== undefined && (
        <p className={css['error']} id={`${id}-error`}>
          <Icon name="alert" size={18} />
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p className={css['hint']} id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

type Native = Pick<
  InputHTMLAttributes<HTMLInputElement>,
  | 'type'
  | 'autoComplete'
  | 'defaultValue'
  | 'inputMode'
  | 'maxLength'
  | 'minLength'
  | 'min'
  | 'max'
  | 'required'
  | 'placeholder'
  | 'pattern'
  | 'autoFocus'
  | 'autoCapitalize'
  | 'spellCheck'
  | 'list'
>;

export function TextField({ name, label, hint, ...native }: Common & Native) {
  return (
    <Field name={name} label={label} hint={hint} required={native.required}>
      {(wiring) => <input className={css['control']} {...native} {...wiring} />}
    </Field>
  );
}

export function EmailField(props: Common & Native) {
  return (
    <TextField type="email" inputMode="email" autoCapitalize="none" spellCheck={false} maxLength={254} {...props} />
  );
}

/** Can be shown, takes what is pasted, and what a password manager fills in. */
export function PasswordField({ name, label, hint, ...native }: Common & Native) {
  const t = useText('shell');
  const [shown, setShown] = useState(false);
  return (
    <Field name={name} label={label} hint={hint} required={native.required}>
      {(wiring) => (
        <span className={css['secret']}>
          <input className={css['control']} {...native} {...wiring} type={shown ? 'text' : 'password'} />
          <button type="button" className={css['show']} aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? t('password.hide') : t('password.show')}
          </button>
        </span>
      )}
    </Field>
  );
}

/** The code of an app, or a recovery code: read out in groups, so that `FormValues.code` takes the blanks away. */
export function OneTimeCodeField(props: Common & Pick<Native, 'required' | 'autoFocus' | 'inputMode'>) {
  return (
    <TextField
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      minLength={6}
      maxLength={32}
      {...props}
    />
  );
}

type TextAreaProps = Common & Omit<Native, 'type'> & { rows?: number; onText?: (text: string) => void };

export function TextArea({ name, label, hint, onText, ...native }: TextAreaProps) {
  const { defaultValue, maxLength, minLength, required, placeholder, autoFocus, rows = 5 } = native;
  const kept = { defaultValue, maxLength, minLength, required, placeholder, autoFocus, rows };
  return (
    <Field name={name} label={label} hint={hint} required={required}>
      {({ onInput, ...wiring }) => (
        <textarea
          className={cx(css['control'], css['area'])}
          {...kept}
          {...wiring}
          onInput={(event) => {
            onInput();
            onText?.(event.currentTarget.value);
          }}
        />
      )}
    </Field>
  );
}

export type Option = { value: string; label: string };

type SelectProps = Common & {
  options: readonly Option[];
  /** What stands there before anything is chosen. */
  empty?: string | undefined;
  defaultValue?: string | undefined;
  required?: boolean | undefined;
  onChange?: ((value: string) => void) | undefined;
};

/** The system's own list: every phone has a good one. */
export function SelectField({ name, label, hint, options, empty, defaultValue, required, onChange }: SelectProps) {
  return (
    <Field name={name} label={label} hint={hint} required={required}>
      {({ onInput, ...wiring }) => (
        <span className={css['chosen']}>
          <select
            className={cx(css['control'], css['select'])}
            defaultValue={defaultValue ?? (empty === undefined ? undefined : '')}
            required={required}
            {...wiring}
            onChange={(event) => {
              onInput();
              onChange?.(event.target.value);
            }}
          >
            {empty !== undefined && <option value="">{empty}</option>}
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon name="chevron" />
        </span>
      )}
    </Field>
  );
}

type CheckProps = { name: string; label: ReactNode; defaultChecked?: boolean; required?: boolean };

export function CheckboxField({ name, label, ...native }: CheckProps) {
  return (
    <label className={css['check']}>
      <input type="checkbox" name={name} {...native} />
      <span>{label}</span>
    </label>
  );
}

type ChoiceProps = {
  name: string;
  label: string;
  options: readonly (Option & { hint?: string })[];
  defaultValue?: string;
  onChange?: (value: string) => void;
};

/** Few choices that want a word of explanation each. */
export function ChoiceField({ name, label, options, defaultValue, onChange }: ChoiceProps) {
  return (
    <fieldset className={css['field']}>
      <legend className={css['label']}>{label}</legend>
      <div className={cx(css['choices'], options.length === 2 && css['two'])}>
        {options.map(({ value, label, hint }) => (
          <label key={value} className={css['choice']}>
            <input
              type="radio"
              name={name}
              value={value}
              defaultChecked={value === defaultValue}
              onChange={() => onChange?.(value)}
              required
            />
            <span>
              <strong>{label}</strong>
              {hint !== undefined && <span>{hint}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
