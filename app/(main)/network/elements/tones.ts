import type { Tone } from '#app/components/ui/badge.tsx';
import type {
  ClientStatus,
  DeploymentStatus,
  LicensingStatus,
} from '#generated/graphql/client/graphql.ts';

export const licensingTones: Record<LicensingStatus, Tone> = {
  NONE: 'neutral',
  REQUESTED: 'warn',
  LICENSED: 'good',
  REFUSED: 'danger',
};

export const deploymentTones: Record<DeploymentStatus, Tone> = {
  PLANNED: 'neutral',
  DEPLOYED: 'accent',
  CERTIFIED: 'good',
  REMOVED: 'danger',
};

export const clientTones: Record<ClientStatus, Tone> = {
  PLANNED: 'neutral',
  ACTIVE: 'good',
  SUSPENDED: 'warn',
  CANCELLED: 'danger',
};
