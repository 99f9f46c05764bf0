import { useRef } from 'react';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { SelectField } from '#ui/field.tsx';
import { Icon } from '#ui/icon.tsx';
import css from './languages.module.css';

/** Most of what is spoken in a practice; what is kept already stays, whatever it is. */
const common = (
  'ar bg bn bs ca cs da de el en es et eu fa fi fr gl gu he hi hr hu hy id it ja ka ko ku lt lv mk ms mt nl no pa pl ps pt ro ru sk sl ' +
  'so sq sr sv sw ta te th ti tr uk ur vi zh'
).split(' ');
const most = 20;

/** Several languages: those chosen, each with a way to take it away, and a list of the others. */
export function LanguagesField({ value, onChange }: { value: string[]; onChange: (value: string[]) => void }) {
  const t = useText('doctor');
  const format = useFormat();
  const heading = useRef<HTMLHeadingElement>(null);
  const options = common
    .filter((code) => !value.includes(code))
    .map((code) => ({ value: code, label: format.language(code) }))
    .toSorted((one, other) => one.label.localeCompare(other.label));
  return (
    <div className={css['languages']}>
      <h3 ref={heading} tabIndex={-1}>
        {t('profile.languages')}
      </h3>
      {value.length > 0 && (
        <ul aria-label={t('profile.languages')}>
          {value.map((code) => (
            <li key={code}>
              {format.language(code)}
              <button
                type="button"
                aria-label={t('profile.removeLanguage', { language: format.language(code) })}
                onClick={() => {
                  onChange(value.filter((other) => other !== code));
                  heading.current?.focus();
                }}
              >
                <Icon name="close" size={18} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {value.length < most && (
        <SelectField
          name="language"
          label={t('profile.addLanguage')}
          empty={t('profile.chooseLanguage')}
          options={options}
          onChange={(code) => code !== '' && onChange([...value, code])}
        />
      )}
    </div>
  );
}
