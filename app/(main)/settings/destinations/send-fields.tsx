'use client';

import { useTranslations } from 'next-intl';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import type { PlaceFieldsProps } from './folder-fields.tsx';
import { useWeekdays } from './use-weekdays.ts';

const DEFAULT_TIME = '04:00';
const DEFAULT_DAYS = [7];

/** When the newest backup is sent: after each night, or on certain days. */
export function SendFields({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  const isOwn = values.sendDays.length > 0 || values.sendTime !== '';
  const choose = (choice: string) =>
    onChange(
      choice === 'nights'
        ? { sendDays: [], sendTime: '' }
        : { sendDays: DEFAULT_DAYS, sendTime: DEFAULT_TIME },
    );
  return (
    <fieldset className="grid gap-3">
      <div className="sm:max-w-72">
        <SelectField
          label={t('send')}
          hint={t('sendHint')}
          value={isOwn ? 'days' : 'nights'}
          onChange={(event) => choose(event.target.value)}
          options={(['nights', 'days'] as const).map((value) => ({
            value,
            label: t(`sendKinds.${value}`),
          }))}
        />
      </div>
      {isOwn && <Days values={values} fields={fields} onChange={onChange} />}
    </fieldset>
  );
}

function Days({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  const { all, nameOf } = useWeekdays();
  const toggle = (day: number, on: boolean) =>
    onChange({
      sendDays: all.filter((one) => (one === day ? on : values.sendDays.includes(one))),
    });
  return (
    <>
      <div className="grid grid-cols-2 gap-2 sm:grid-cols-4">
        {all.map((day) => (
          <CheckField
            key={day}
            label={nameOf(day)}
            checked={values.sendDays.includes(day)}
            onChange={(on) => toggle(day, on)}
          />
        ))}
      </div>
      <div className="sm:max-w-40">
        <TextField
          type="time"
          label={t('sendTime')}
          value={values.sendTime}
          onChange={(event) => onChange({ sendTime: event.target.value })}
          error={fields.sendTime ?? fields.sendDays}
          required
        />
      </div>
    </>
  );
}
