'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import { useJobs } from '#app/data/jobs.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  type ElementKind,
  type ImportPartsFragment,
  MatchImportDocument,
} from '#generated/graphql/client/graphql.ts';

type Group = NonNullable<ImportPartsFragment['groups']>[number];

const kindsOfShape: Readonly<Record<Group['shape'], readonly ElementKind[]>> = {
  POINT: ['POLE', 'BOX', 'CLIENT'],
  LINE: ['CABLE'],
  NONE: ['POLE', 'BOX', 'CLIENT', 'CABLE', 'PROJECT'],
};

interface Props {
  found: ImportPartsFragment;
  onChange: () => void;
}

/** What each folder or kind of the file is in the network, and to which project it belongs. */
export function MatchingPanel({ found, onChange }: Props) {
  const t = useTranslations('importPage');
  const [groups, setGroups] = useState(found.groups ?? []);
  const [swapped, setSwapped] = useState(found.swapped);
  const { match, sending, problem } = useMatch(found, onChange);
  const change = (at: number, part: Partial<Group>) =>
    setGroups((all) => all.map((group, nth) => (nth === at ? { ...group, ...part } : group)));
  return (
    <Panel
      title={t('matching')}
      text={t('matchingText')}
      aside={
        <Button busy={sending} onClick={() => void match(groups, swapped)}>
          {t('match')}
        </Button>
      }
    >
      <ul className="grid grid-cols-1 gap-4">
        {groups.map((group, at) => (
          <GroupRow
            key={`${group.shape} ${group.name}`}
            group={group}
            onChange={(part) => change(at, part)}
          />
        ))}
      </ul>
      <div className="mt-5 grid gap-4">
        <CheckField label={t('swapped')} checked={swapped} onChange={setSwapped} />
        <LeftOut found={found} />
      </div>
      <ProblemNote problem={problem} className="mt-4" />
    </Panel>
  );
}

function useMatch(found: ImportPartsFragment, onChange: () => void) {
  const { add } = useJobs();
  const { send, sending, problem } = useSend(MatchImportDocument);
  const match = async (groups: readonly Group[], swapped: boolean) => {
    const columns = (found.columns ?? []).flatMap(({ name, field }) =>
      field ? [{ name, field }] : [],
    );
    const matched = groups.map(({ name, shape, kind, type, project }) => ({
      ...{ name, shape, kind, project },
      // A type belongs to the kind that it was suggested with.
      type: found.groups?.some((group) => group.name === name && group.kind === kind) ? type : null,
    }));
    const matching = { kindColumn: found.kindColumn, columns, groups: matched, swapped };
    const answer = await send({ id: found.id, matching });
    if (answer) add(answer.matchImport.job);
    onChange();
  };
  return { match, sending, problem };
}

function GroupRow({ group, onChange }: { group: Group; onChange: (part: Partial<Group>) => void }) {
  const t = useTranslations('importPage');
  const kinds = useTranslations('network.kinds');
  return (
    <li className="grid grid-cols-1 items-end gap-3 sm:grid-cols-[minmax(0,1fr)_11rem_13rem]">
      <div className="min-w-0 pb-1">
        <p className="truncate font-medium text-sm">{group.name || t('wholeFile')}</p>
        <p className="truncate text-ink-3 text-xs">
          {[t(`shapes.${group.shape}`, { count: group.count }), ...group.samples.slice(0, 3)].join(
            ' · ',
          )}
        </p>
      </div>
      <SelectField
        label={t('are')}
        value={group.kind ?? ''}
        placeholder={t('leftOut')}
        options={kindsOfShape[group.shape].map((kind) => ({ value: kind, label: kinds(kind) }))}
        onChange={({ target }) => onChange({ kind: (target.value || null) as ElementKind | null })}
      />
      <TextField
        label={t('project')}
        value={group.project ?? ''}
        onChange={({ target }) => onChange({ project: target.value })}
      />
    </li>
  );
}

/** Columns that no field takes. */
function LeftOut({ found }: { found: ImportPartsFragment }) {
  const t = useTranslations('importPage');
  const format = useFormatter();
  const left = (found.columns ?? []).filter(
    ({ name, field }) => !field && name !== found.kindColumn,
  );
  if (left.length === 0) return null;
  return (
    <p className="text-pretty text-ink-2 text-sm [overflow-wrap:anywhere]">
      {t('columnsLeftOut', { names: format.list(left.map(({ name }) => name)) })}
    </p>
  );
}
