'use client';

import { useTranslations } from 'next-intl';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { TextField } from '#app/components/ui/text-fields.tsx';
import type { PlaceFieldsProps } from './folder-fields.tsx';

const prices = ['storage', 'writes', 'reads', 'egress'] as const;

/** What the provider asks for, so that costs can be estimated. */
export function PriceFields(props: PlaceFieldsProps) {
  const { values, onChange } = props;
  const t = useTranslations('destinations');
  if (values.kind !== 'S3') return null;
  const isAmazon = values.endpoint.trim() === '';
  return (
    <fieldset className="grid gap-3">
      <CheckField
        label={t('ownPrices')}
        hint={isAmazon ? t('amazonPrices') : t('noPrices')}
        checked={values.ownPrices}
        onChange={(ownPrices) => onChange({ ownPrices })}
      />
      {values.ownPrices && <Prices {...props} />}
    </fieldset>
  );
}

function Prices({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  return (
    <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
      <TextField
        label={t('currency')}
        value={values.currency}
        onChange={(event) => onChange({ currency: event.target.value.toUpperCase() })}
        error={fields['prices.currency']}
        maxLength={3}
        required
      />
      {prices.map((name) => (
        <TextField
          key={name}
          type="number"
          min={0}
          step="any"
          label={t(`priceOf.${name}`)}
          value={values[name]}
          onChange={(event) => onChange({ [name]: event.target.value })}
          error={fields[`prices.${name}`]}
          required
        />
      ))}
    </div>
  );
}
