'use client';

import { ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { KeepInputs } from '#app/(main)/backup/schedule/keep-inputs.tsx';
import { keepFields } from '#app/(main)/backup/schedule/retention-rule.ts';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import type { PlaceFieldsProps } from './folder-fields.tsx';
import { type PlaceClass, placeClasses } from './new-place.ts';
import { PriceFields } from './price-fields.tsx';
import { SendFields } from './send-fields.tsx';

const inside = [
  ...keepFields,
  ...['bytesPerSecond', 'quietFrom', 'quietUntil', 'hostKey', 'pathStyle', 'sendDays', 'sendTime'],
  ...['lockDays', 'storageClass'],
  ...['prices.currency', 'prices.storage', 'prices.writes', 'prices.reads', 'prices.egress'],
];

/** What seldom needs to be changed. It opens by itself where something in it is wrong. */
export function MoreFields(props: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  const [open, setOpen] = useState(false);
  const wrong = inside.some((field) => props.fields[field]);
  return (
    <details
      open={open || wrong}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="group"
    >
      <summary className="inline-flex cursor-pointer list-none items-center gap-1.5 rounded-md font-medium text-[13px] text-ink-2 hover:text-ink">
        <ChevronRight
          aria-hidden
          className="size-3.5 transition-transform group-open:rotate-90 motion-reduce:transition-none"
        />
        {t('more')}
      </summary>
      <div className="mt-4 grid gap-5">
        <PlaceFields {...props} />
        <SendFields {...props} />
        <KeepFields {...props} />
        <LockField {...props} />
        <ClassField {...props} />
        <QuietFields {...props} />
        <PaceFields {...props} />
        <PriceFields {...props} />
      </div>
    </details>
  );
}

function PlaceFields({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  if (values.kind === 'S3')
    return (
      <CheckField
        label={t('pathStyle')}
        hint={t('pathStyleHint')}
        // As the server chooses: others than Amazon's seldom have a host name for each bucket.
        checked={values.pathStyle ?? values.endpoint.trim() !== ''}
        onChange={(pathStyle) => onChange({ pathStyle })}
      />
    );
  if (values.kind === 'SFTP')
    return (
      <TextField
        label={t('hostKey')}
        optional={t('optional')}
        hint={t('hostKeyHint')}
        value={values.hostKey}
        onChange={(event) => onChange({ hostKey: event.target.value })}
        error={fields.hostKey}
        spellCheck={false}
        className="font-mono text-[13px]"
      />
    );
  return null;
}

function KeepFields({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  return (
    <fieldset>
      <legend className="font-medium text-[13px]">{t('keep')}</legend>
      <p className="mb-3 text-[13px] text-ink-3">{t('keepText')}</p>
      <KeepInputs keep={values} problems={fields} onChange={onChange} />
    </fieldset>
  );
}

function LockField({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  if (values.kind !== 'S3') return null;
  return (
    <TextField
      type="number"
      min={0}
      max={3650}
      label={t('lockDays')}
      optional={t('optional')}
      hint={t('lockDaysHint')}
      value={values.lockDays}
      onChange={(event) => onChange({ lockDays: event.target.value })}
      error={fields.lockDays}
    />
  );
}

function ClassField({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  if (values.kind !== 'S3') return null;
  return (
    <SelectField
      label={t('storageClass')}
      hint={t(`storageClassHints.${values.storageClass}`)}
      value={values.storageClass}
      onChange={(event) => onChange({ storageClass: event.target.value as PlaceClass })}
      error={fields.storageClass}
      options={placeClasses.map((value) => ({ value, label: t(`storageClasses.${value}`) }))}
    />
  );
}

function PaceFields({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  return (
    <div className="sm:max-w-56">
      <TextField
        type="number"
        min={0}
        step="any"
        label={t('rate')}
        optional={t('optional')}
        hint={t('rateHint')}
        value={values.rate}
        onChange={(event) => onChange({ rate: event.target.value })}
        error={fields.bytesPerSecond}
      />
    </div>
  );
}

/** Both times or none. */
function QuietFields({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  const some = values.quietFrom !== '' || values.quietUntil !== '';
  return (
    <fieldset className="min-w-0">
      <legend className="font-medium text-[13px]">
        {t('quiet')} <span className="font-normal text-ink-3">{t('optional')}</span>
      </legend>
      <p className="mb-3 text-[13px] text-ink-3">{t('quietHint')}</p>
      <div className="grid grid-cols-2 gap-4 sm:max-w-80">
        <TextField
          type="time"
          label={t('quietFrom')}
          value={values.quietFrom}
          onChange={(event) => onChange({ quietFrom: event.target.value })}
          error={fields.quietFrom}
          required={some}
        />
        <TextField
          type="time"
          label={t('quietUntil')}
          value={values.quietUntil}
          onChange={(event) => onChange({ quietUntil: event.target.value })}
          error={fields.quietUntil}
          required={some}
        />
      </div>
    </fieldset>
  );
}
