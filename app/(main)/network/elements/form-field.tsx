'use client';

import { useTranslations } from 'next-intl';
import { ComboboxField } from '#app/components/ui/combobox.tsx';
import { SelectField, TextAreaField, TextField } from '#app/components/ui/text-fields.tsx';
import type { FieldProblem } from '#app/data/problem.ts';
import type { ElementValues, FieldSpec } from './kit.ts';
import { readPlace } from './place-text.ts';
import { PortField } from './port-field.tsx';
import { useFindElements } from './use-find-elements.ts';

interface Props {
  field: FieldSpec;
  values: ElementValues;
  onChange: (change: (now: ElementValues) => ElementValues) => void;
  error: FieldProblem | null;
  /** Something to know about what is typed. */
  hint?: string;
}

/** The control of one field, by its type. */
export function FormField({ field, values, onChange, error, hint }: Props) {
  const t = useTranslations('network');
  const labels = { label: t(`fields.${field.name}` as Parameters<typeof t>[0]), error, hint };
  const value = values.text[field.name] ?? '';
  const setText = (typed: string) =>
    onChange((now) => ({ ...now, text: { ...now.text, [field.name]: typed } }));
  if (field.type === 'ref')
    return <RefField field={field} values={values} onChange={onChange} {...labels} />;
  if (field.type === 'select')
    return (
      <SelectField
        {...labels}
        value={value}
        onChange={(event) => setText(event.target.value)}
        options={field.values.map((option) => ({
          value: option,
          label: t(`options.${field.group}.${option}` as Parameters<typeof t>[0]),
        }))}
      />
    );
  if (field.type === 'area')
    return (
      <TextAreaField {...labels} value={value} onChange={(event) => setText(event.target.value)} />
    );
  if (field.type === 'degrees')
    return <DegreesField field={field} {...labels} value={value} onChange={onChange} />;
  if (field.type === 'port')
    return (
      <PortField
        {...labels}
        boxId={values.refs[field.box]?.id ?? null}
        max={field.max}
        value={value}
        onChange={setText}
      />
    );
  const number = field.type === 'number';
  return (
    <TextField
      {...labels}
      required={field.required}
      {...(number && {
        type: 'number',
        inputMode: 'decimal' as const,
        min: field.min,
        max: field.max,
        step: field.step ?? 1,
      })}
      value={value}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

interface DegreesProps {
  field: Extract<FieldSpec, { type: 'degrees' }>;
  label: string;
  error: FieldProblem | null;
  value: string;
  onChange: Props['onChange'];
}

function DegreesField({ field, label, error, value, onChange }: DegreesProps) {
  const setText = (text: Record<string, string>) =>
    onChange((now) => ({ ...now, text: { ...now.text, ...text } }));
  const take = (typed: string) => {
    const place = readPlace(typed);
    if (!place) return false;
    setText({ lat: String(place.lat), lng: String(place.lng) });
    return true;
  };
  return (
    <TextField
      label={label}
      error={error}
      required
      autoComplete="off"
      placeholder={field.example}
      value={value}
      onChange={(event) => setText({ [field.name]: event.target.value })}
      onPaste={(event) => take(event.clipboardData.getData('text')) && event.preventDefault()}
      onBlur={() => take(value)}
    />
  );
}

type RefProps = Omit<Props, 'field'> & {
  field: Extract<FieldSpec, { type: 'ref' }>;
  label: string;
};

function RefField({ field, values, onChange, label, error }: RefProps) {
  const t = useTranslations('common');
  const find = useFindElements(field.to);
  return (
    <ComboboxField
      label={label}
      error={error}
      optional={t('optional')}
      value={values.refs[field.name] ?? null}
      onChange={(choice) =>
        onChange((now) => ({ ...now, refs: { ...now.refs, [field.name]: choice } }))
      }
      find={find}
    />
  );
}
