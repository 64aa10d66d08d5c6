'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { classes } from '#app/components/ui/classes.ts';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import type { RestorePreviewPartsFragment } from '#generated/graphql/client/graphql.ts';

type Row = NonNullable<RestorePreviewPartsFragment['comparison']>[number];

/** Rows of each table now and in the backup; those that differ first, the others on demand. */
export function Comparison({ rows }: { rows: readonly Row[] | null }) {
  const t = useTranslations('restore');
  const [all, setAll] = useState(false);
  if (!rows) return <ProgressBar fraction={null} label={t('comparing')} />;
  const changed = rows.filter((row) => difference(row) !== 0n);
  const same = rows.length - changed.length;
  const shown = all ? [...changed, ...rows.filter((row) => difference(row) === 0n)] : changed;
  return (
    <section aria-label={t('comparison')} className="grid gap-2">
      {shown.length > 0 ? (
        <CountTable rows={shown} />
      ) : (
        <p className="rounded-lg bg-good-soft px-3 py-2.5 text-good text-sm">{t('noDifference')}</p>
      )}
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-ink-3 text-xs">{t('countsOnly')}</p>
        {same > 0 && (
          <Button look="quiet" size="small" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t('hideSame') : t('showSame', { count: same })}
          </Button>
        )}
      </div>
    </section>
  );
}

function difference(row: Row): bigint {
  return BigInt(row.rowsInBackup) - BigInt(row.rowsNow);
}

function CountTable({ rows }: { rows: readonly Row[] }) {
  const t = useTranslations('restore');
  const headers = [t('now'), t('inBackup'), t('difference')];
  return (
    <div className="overflow-hidden rounded-lg ring-1 ring-line">
      <table className="w-full text-sm">
        <caption className="sr-only">{t('comparison')}</caption>
        <thead className="bg-sunken text-ink-3 text-xs">
          <tr>
            <th scope="col" className="px-3 py-2 text-left font-medium">
              {t('table')}
            </th>
            {headers.map((header) => (
              <th key={header} scope="col" className="px-3 py-2 text-right font-medium">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <CountRow key={row.name} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CountRow({ row }: { row: Row }) {
  const t = useTranslations('tables');
  const format = useFormatter();
  const key = row.name as Parameters<typeof t>[0];
  const delta = difference(row);
  return (
    <tr>
      <th scope="row" className="px-3 py-2 text-left font-normal">
        {t.has(key) ? t(key) : <span className="font-mono text-[13px]">{row.name}</span>}
      </th>
      <td className="px-3 py-2 text-right text-ink-2 tabular-nums">
        {format.number(BigInt(row.rowsNow))}
      </td>
      <td className="px-3 py-2 text-right text-ink-2 tabular-nums">
        {format.number(BigInt(row.rowsInBackup))}
      </td>
      <td
        className={classes(
          'px-3 py-2 text-right font-medium tabular-nums',
          delta === 0n ? 'text-ink-3' : delta > 0n ? 'text-good' : 'text-danger',
        )}
      >
        {format.number(delta, { signDisplay: 'exceptZero' })}
      </td>
    </tr>
  );
}
