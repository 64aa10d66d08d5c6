'use client';

import { ChevronDown } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { CheckBox } from '#app/components/ui/check-field.tsx';
import { classes } from '#app/components/ui/classes.ts';
import { Moment } from '#app/components/ui/dates.tsx';
import { ChangeDetails } from './change-details.tsx';
import { Mark, meaningLooks, meaningOf } from './change-looks.tsx';
import type { Change, Compare } from './compare-types.ts';
import { useFieldNames } from './use-field-names.ts';
import { useKindWords } from './use-kind-words.ts';
import { useTableNames } from './use-table-names.ts';

interface Props {
  change: Change;
  compare: Compare;
  chosen: boolean;
  /** Null: it cannot be chosen. */
  onToggle: (() => void) | null;
}

/** One change: what, where, by whom; opened, both versions side by side. */
export function ChangeRow({ change, compare, chosen, onToggle }: Props) {
  const t = useTranslations('compare');
  const [open, setOpen] = useState(false);
  const id = useId();
  const { oneOf } = useTableNames();
  const meaning = meaningOf(change.kind, compare.toNow);
  return (
    <li className={classes(chosen && 'bg-accent-soft/50')}>
      <div className="flex items-center gap-3 pl-4">
        {onToggle ? (
          <CheckBox
            label={t('choose', { name: `${oneOf(change.table)} ${change.label}` })}
            checked={chosen}
            onChange={onToggle}
          />
        ) : (
          <span className="w-4.5 shrink-0" />
        )}
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-w-0 flex-1 items-center gap-3 py-2.5 pr-4 text-left text-sm hover:bg-sunken/70"
        >
          <span
            className={`grid size-7 shrink-0 place-items-center rounded-md ${meaningLooks[meaning].soft}`}
          >
            <Mark meaning={meaning} />
          </span>
          <Caption change={change} toNow={compare.toNow} />
          <ChevronDown
            aria-hidden
            className={classes('size-4 shrink-0 text-ink-3', open && 'rotate-180')}
          />
        </button>
      </div>
      <div id={id} hidden={!open}>
        {open && <ChangeDetails change={change} compare={compare} />}
      </div>
    </li>
  );
}

function Caption({ change, toNow }: { change: Change; toNow: boolean }) {
  const t = useTranslations('compare');
  const { oneOf } = useTableNames();
  const word = useKindWords(toNow);
  const names = useFieldNames();
  const on = nameOfOwner(change);
  const changed = change.kind === 'CHANGED' ? names.list(change) : '';
  return (
    <span className="grid min-w-0 flex-1 gap-x-6 sm:grid-cols-[minmax(0,1fr)_minmax(0,15rem)] sm:items-center">
      <span className="min-w-0">
        <span className="block truncate font-medium" title={change.label}>
          {change.label}
          {on && <span className="font-normal text-ink-2"> {t('on', { name: on })}</span>}
        </span>
        <span className="block truncate text-[13px] text-ink-3">
          {[oneOf(change.table), word(change.kind), change.project?.name, changed]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
      <span className="block min-w-0 truncate text-[13px] text-ink-3 sm:text-right">
        {change.changedBy && <>{change.changedBy.name ?? t('unknownPerson')} </>}
        {change.changedAt && <Moment at={change.changedAt} />}
      </span>
    </span>
  );
}

/** What a post is on, a file or a tag belongs to: those are called by their own names only. */
function nameOfOwner({ table, fields }: Change): string | null {
  if (!/^post$|_tag$|^post_file$/.test(table)) return null;
  const owner = fields.find(
    ({ name, before, after }) =>
      name.endsWith('_id') && name !== 'tag_id' && (before ?? after) !== null,
  );
  return owner?.beforeName ?? owner?.afterName ?? null;
}
