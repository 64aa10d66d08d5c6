import { expect, type Locator } from '@playwright/test';

/** Waits until the restore dialog says what would change, and chooses to restore everything. */
export async function chooseEverything(dialog: Locator): Promise<void> {
  const seen = dialog.getByText(/^Restoring “|restoring would change nothing/);
  await expect(seen).toBeVisible({ timeout: 90_000 });
  await dialog.getByRole('button', { name: /^Everything/ }).click();
}
