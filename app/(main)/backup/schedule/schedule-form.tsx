'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { ComboboxField } from '#app/components/ui/combobox.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useMay } from '#app/session/me-context.tsx';
import { type ScheduleQuery, UpdateScheduleDocument } from '#generated/graphql/client/graphql.ts';
import { BetweenFields, useBetween } from './between-fields.tsx';
import { RetentionFields } from './retention-fields.tsx';
import { type Keep, keepOf, validRule } from './retention-rule.ts';
import { findZones, zoneChoice } from './time-zones.ts';

interface Props {
  schedule: ScheduleQuery['schedule'];
  onSaved: () => void;
}

/** The form of the schedule; read-only without `backup.configure`. */
export function ScheduleForm({ schedule, onSaved }: Props) {
  const t = useTranslations('schedule');
  const readOnly = !useMay()('backup.configure');
  const draft = useDraft(schedule, onSaved);
  const { keep, setKeep, problem } = draft;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void draft.save();
      }}
    >
      <Panel title={t('title')} text={t('text')}>
        <fieldset disabled={readOnly} className="grid gap-6">
          <CheckField
            label={t('enabled')}
            hint={t('enabledHint')}
            checked={draft.enabled}
            disabled={readOnly}
            onChange={draft.setEnabled}
          />
          <MomentFields draft={draft} isDefault={schedule.timeIsDefault} />
          <BetweenFields between={draft.between} problem={problem} />
          <CheckField
            label={t('includeFiles')}
            hint={t('includeFilesHint')}
            checked={draft.includeFiles}
            disabled={readOnly}
            onChange={draft.setIncludeFiles}
          />
          <RetentionFields keep={keep} onChange={setKeep} problem={problem} />
        </fieldset>
        <ProblemNote
          problem={problem}
          className="mt-5"
          shownFields={[
            ...['time', 'timeZone', 'everyHours', 'keepHours'],
            ...['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly'],
          ]}
        />
        {readOnly ? (
          <p className="mt-5 text-[13px] text-ink-3">{t('readOnly')}</p>
        ) : (
          <SaveRow draft={draft} />
        )}
      </Panel>
    </form>
  );
}

type Draft = ReturnType<typeof useDraft>;

/** The state of the form, and how to save it. */
function useDraft(schedule: Props['schedule'], onSaved: () => void) {
  const t = useTranslations('schedule');
  const toast = useToast();
  const router = useRouter();
  const { send, sending, problem } = useSend(UpdateScheduleDocument);
  const [enabled, setEnabled] = useState(schedule.enabled);
  const [time, setTime] = useState(schedule.time);
  const [zone, setZone] = useState(schedule.timeZone);
  const [includeFiles, setIncludeFiles] = useState(schedule.includeFiles);
  const [keep, setKeep] = useState<Keep>(() => keepOf(schedule));
  const between = useBetween(schedule);
  const rule = validRule(keep);
  const save = async () => {
    if (!rule) return;
    const input = {
      enabled,
      includeFiles,
      ...rule,
      ...between.input,
      // An untouched value is not sent, so it keeps following the server's default.
      ...(time === schedule.time ? {} : { time }),
      ...(zone === schedule.timeZone ? {} : { timeZone: zone }),
    };
    if (!(await send({ input }))) return;
    toast({ tone: 'good', title: t('saved') });
    onSaved();
    // The pages write moments in the schedule's zone, which they get with who is signed in.
    if (zone !== schedule.timeZone) router.refresh();
  };
  return {
    enabled,
    setEnabled,
    time,
    setTime,
    zone,
    setZone,
    includeFiles,
    setIncludeFiles,
    keep,
    setKeep,
    between,
    rule,
    save,
    sending,
    problem,
  };
}

function MomentFields({ draft, isDefault }: { draft: Draft; isDefault: boolean }) {
  const t = useTranslations('schedule');
  return (
    <div className="grid gap-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
      <TextField
        type="time"
        label={t('time')}
        value={draft.time}
        onChange={(event) => draft.setTime(event.target.value)}
        error={draft.problem?.fields.time}
        hint={isDefault ? t('ofServer') : undefined}
        required
      />
      <ComboboxField
        label={t('timeZone')}
        value={zoneChoice(draft.zone)}
        onChange={(choice) => choice && draft.setZone(choice.id)}
        find={async (search) => findZones(search)}
        error={draft.problem?.fields.timeZone}
      />
    </div>
  );
}

function SaveRow({ draft }: { draft: Draft }) {
  const common = useTranslations('common');
  return (
    <div className="mt-6 flex justify-end border-line border-t pt-4">
      <Button type="submit" look="primary" busy={draft.sending} disabled={!draft.rule}>
        {common('save')}
      </Button>
    </div>
  );
}
