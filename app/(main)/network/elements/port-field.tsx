'use client';

import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import type { FieldProblem } from '#app/data/problem.ts';
import { BoxPortsDocument } from '#generated/graphql/client/graphql.ts';

interface Props {
  label: string;
  error: FieldProblem | null;
  /** Null: no box is chosen. */
  boxId: string | null;
  max: number;
  value: string;
  onChange: (typed: string) => void;
}

/** The port of a client: one of those that are free, or any number where nobody said how many its box has. */
export function PortField({ label, error, boxId, max, value, onChange }: Props) {
  const t = useTranslations('network');
  const [{ data }] = useQuery({
    query: BoxPortsDocument,
    variables: { id: boxId ?? '' },
    pause: boxId === null,
    requestPolicy: 'network-only',
  });
  const box = boxId !== null && data?.box?.id === boxId ? data.box : null;
  if (box?.ports == null)
    return (
      <TextField
        label={label}
        error={error}
        type="number"
        inputMode="numeric"
        min={1}
        max={max}
        step={1}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  const options = box.portTable
    .filter(({ port, clients }) => clients.length === 0 || String(port) === value)
    .map(({ port }) => ({ value: String(port), label: String(port) }));
  const known = value === '' || options.some((option) => option.value === value);
  return (
    <SelectField
      label={label}
      error={error}
      hint={t('portsFree', { free: box.freePorts ?? 0, ports: box.ports })}
      placeholder={t('element.noPort')}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      options={known ? options : [{ value, label: value }, ...options]}
    />
  );
}
