'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useToast } from '#app/components/ui/toast.tsx';
import type { FieldProblem, Problem } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import {
  CreateDestinationDocument,
  type DestinationPartsFragment,
  UpdateDestinationDocument,
} from '#generated/graphql/client/graphql.ts';
import type { PlaceValues } from './new-place.ts';
import { placeInput, placeValues, wrongField } from './place-values.ts';

/** Problems by the field that shows them. */
export type PlaceFieldProblems = Readonly<Record<string, FieldProblem>>;

/** Saves the form of a destination, new or known. */
export function useSaveDestination(
  destination: DestinationPartsFragment | null,
  onSaved: () => void,
) {
  const t = useTranslations('destinations');
  const toast = useToast();
  const create = useSend(CreateDestinationDocument);
  const update = useSend(UpdateDestinationDocument);
  const [sent, setSent] = useState<PlaceValues | null>(null);
  const save = async (values: PlaceValues, { takeOver = false } = {}) => {
    setSent(values);
    const input = placeInput(values, destination && placeValues(destination));
    const answer = destination
      ? await update.send({ id: destination.id, input, takeOver })
      : await create.send({ input, takeOver });
    if (!answer) return;
    const { name } = values;
    toast({ tone: 'good', title: destination ? t('saved', { name }) : t('added', { name }) });
    onSaved();
  };
  const problem = destination ? update.problem : create.problem;
  return {
    save,
    saving: create.sending || update.sending,
    problem,
    fields: useShownFields(problem, sent),
  };
}

/** People type no URL, so a refused one is told at the field that it came from. */
export function useShownFields(
  problem: Problem | null,
  sent: PlaceValues | null,
): PlaceFieldProblems {
  const t = useTranslations('destinations.wrong');
  const { url, ...fields } = problem?.fields ?? {};
  if (!url || !sent) return fields;
  const field = wrongField(sent);
  return { ...fields, [field]: { reason: '', params: {}, message: t(field) } };
}
