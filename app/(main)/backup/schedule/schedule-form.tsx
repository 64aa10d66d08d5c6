'use client';

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
import { RetentionFields } from './retention-fields.tsx';
import { type Keep, keepOf, validRule } from './retention-rule.ts';
import { findZones, zoneChoice } from './time-zones.ts';

interface Props {
  schedule: ScheduleQuery['schedule'];
  onSaved: () => void;
}

/** The schedule as it is typed; who may not configure reads it. */
export function ScheduleForm({ schedule, onSaved }: Props) {
  const t = useTranslations('schedule');
  const common = useTranslations('common');
  const toast = useToast();
  const readOnly = !useMay()('backup.configure');
  const { send, sending, problem } = useSend(UpdateScheduleDocument);
  const [enabled, setEnabled] = useState(schedule.enabled);
  const [time, setTime] = useState(schedule.time);
  const [zone, setZone] = useState(schedule.timeZone);
  const [includeFiles, setIncludeFiles] = useState(schedule.includeFiles);
  const [keep, setKeep] = useState<Keep>(() => keepOf(schedule));
  const rule = validRule(keep);

  const save = async () => {
    if (!rule) return;
    const input = {
      ...{ enabled, includeFiles, ...rule },
      // What was not touched stays the server's own, and goes with it when that changes.
      ...(time === schedule.time ? {} : { time }),
      ...(zone === schedule.timeZone ? {} : { timeZone: zone }),
    };
    if (!(await send({ input }))) return;
    toast({ tone: 'good', title: t('saved') });
    onSaved();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Panel title={t('title')} text={t('text')}>
        <fieldset disabled={readOnly} className="grid gap-6">
          <CheckField
            label={t('enabled')}
            hint={t('enabledHint')}
            checked={enabled}
            disabled={readOnly}
            onChange={setEnabled}
          />
          <div className="grid gap-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
            <TextField
              type="time"
              label={t('time')}
              value={time}
              onChange={(event) => setTime(event.target.value)}
              error={problem?.fields.time}
              hint={schedule.timeIsDefault ? t('ofServer') : undefined}
              required
            />
            <ComboboxField
              label={t('timeZone')}
              value={zoneChoice(zone)}
              onChange={(choice) => choice && setZone(choice.id)}
              find={async (search) => findZones(search)}
              error={problem?.fields.timeZone}
            />
          </div>
          <CheckField
            label={t('includeFiles')}
            hint={t('includeFilesHint')}
            checked={includeFiles}
            disabled={readOnly}
            onChange={setIncludeFiles}
          />
          <RetentionFields keep={keep} onChange={setKeep} problem={problem} />
        </fieldset>
        <ProblemNote
          problem={problem}
          className="mt-5"
          shownFields={['time', 'timeZone', 'keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly']}
        />
        {readOnly ? (
          <p className="mt-5 text-[13px] text-ink-3">{t('readOnly')}</p>
        ) : (
          <div className="mt-6 flex justify-end border-line border-t pt-4">
            <Button type="submit" look="primary" busy={sending} disabled={!rule}>
              {common('save')}
            </Button>
          </div>
        )}
      </Panel>
    </form>
  );
}
