'use client';

import { useTranslations } from 'next-intl';
import type { ConflictChoice, ConflictChoiceInput } from '#generated/graphql/client/graphql.ts';
import type { BringBackPreview } from '../compare-types.ts';
import { useFieldNames } from '../use-field-names.ts';
import { useTableNames } from '../use-table-names.ts';

type Conflict = BringBackPreview['conflicts'][number];

interface Props {
  preview: BringBackPreview;
  /** What was chosen last. The preview may not know it yet. */
  choices: readonly ConflictChoiceInput[];
  /** A choice is being looked at. */
  busy: boolean;
  onChoose: (choices: readonly ConflictChoiceInput[]) => void;
}

/** What must be unique and is taken by now: what shall be done about each. Each choice is previewed at once. */
export function Conflicts({ preview, choices, busy, onChoose }: Props) {
  const t = useTranslations('bringBack');
  if (preview.conflicts.length === 0) return null;
  const conflicts = busy ? preview.conflicts.map(withChoice(choices)) : preview.conflicts;
  const choose = (chosen: Conflict, choice: ConflictChoice) =>
    onChoose(
      conflicts.map((one) => ({
        table: one.table,
        key: one.key,
        choice: one === chosen ? choice : one.choice,
      })),
    );
  return (
    <section aria-label={t('conflicts')} className="grid gap-3">
      <h3 className="font-medium text-sm">{t('conflicts')}</h3>
      {conflicts.map((conflict) => (
        <ConflictField
          key={nameOf(conflict)}
          conflict={conflict}
          busy={busy}
          onChoose={(choice) => choose(conflict, choice)}
        />
      ))}
    </section>
  );
}

/** The conflict with the choice of a person where they made one. */
function withChoice(choices: readonly ConflictChoiceInput[]) {
  return (conflict: Conflict): Conflict => {
    const chosen = choices.find((one) => nameOf(one) === nameOf(conflict));
    return chosen ? { ...conflict, choice: chosen.choice } : conflict;
  };
}

/** Names the row that is in conflict. */
function nameOf({ table, key }: Pick<ConflictChoiceInput, 'table' | 'key'>): string {
  return `${table} ${[key].flat().join(',')}`;
}

interface FieldProps {
  conflict: Conflict;
  busy: boolean;
  onChoose: (choice: ConflictChoice) => void;
}

function ConflictField({ conflict, busy, onChoose }: FieldProps) {
  const t = useTranslations('bringBack');
  const { columns } = useFieldNames();
  const { oneOf } = useTableNames();
  const { table, label, presentLabel, choices, choice, renamedTo } = conflict;
  const textOf = (one: ConflictChoice) =>
    one === 'RENAME' && renamedTo
      ? t('renameTo', { name: renamedTo })
      : t(`choices.${one}`, { name: presentLabel, what: columns(conflict.columns) });
  return (
    <fieldset className="rounded-lg bg-warn-soft px-4 py-3 text-sm">
      <legend className="sr-only">{`${oneOf(table)} ${label}`}</legend>
      <p className="mb-2 text-warn [overflow-wrap:anywhere]">
        {t('conflict', {
          thing: oneOf(table),
          name: label,
          what: columns(conflict.columns),
          other: presentLabel,
        })}
      </p>
      <div className="flex flex-wrap gap-x-5 gap-y-1.5">
        {choices.map((one) => (
          <label key={one} className="flex items-center gap-2">
            <input
              type="radio"
              name={nameOf(conflict)}
              checked={one === choice}
              disabled={busy}
              onChange={() => onChoose(one)}
              className="size-4 accent-accent"
            />
            {textOf(one)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
