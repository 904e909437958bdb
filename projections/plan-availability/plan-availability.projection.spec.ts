import { describe, expect, it } from '@jest/globals';
import { project, sample } from '../../test/support/project.js';
import { planAvailability } from './plan-availability.projection.js';

const fold = project(planAvailability);

const unfit = {
  planId: 'minecraft-4g',
  sellable: false,
  problems: [
    { code: 'PRICE_DIFFERS', subject: 'price_1QJx0A2eZvKYlo2CmC4gM1ot' },
    { code: 'EGG_VARIABLE', subject: 'SERVER_JARFILE' },
  ],
  checkedAt: '2026-10-12T08:00:02.000Z',
  compared: null,
  settings: [],
};
const fit = {
  planId: 'minecraft-4g',
  sellable: true,
  problems: [],
  checkedAt: '2026-10-12T09:00:00.000Z',
  compared: 'c0ffee',
  settings: [],
};

const checked = sample('PlanChecked');
const mended = { ...checked, data: fit };
const other = { ...checked, data: { ...fit, planId: 'minecraft-8g' } };

describe('plan-availability', () => {
  it('says what keeps a plan from being sold', () => {
    expect(fold(checked)).toStrictEqual({ 'minecraft-4g': unfit });
  });

  it('keeps what the egg says of the settings', () => {
    const told = sample('PlanChecked', 0, 'settings');
    expect(fold(told)).toMatchObject({ 'minecraft-4g': { settings: told.data.settings } });
    expect(told.data.settings).toHaveLength(1);
  });

  it('has only the last check of a plan', () => {
    expect(fold(checked, mended)).toStrictEqual({ 'minecraft-4g': fit });
    expect(fold(mended, checked)).toStrictEqual({ 'minecraft-4g': unfit });
  });

  it('has a row for each plan', () => {
    expect(fold(checked, other)).toStrictEqual({ 'minecraft-4g': unfit, 'minecraft-8g': { ...fit, planId: 'minecraft-8g' } });
  });

  it('pays no attention to orders of the plan', () => {
    expect(fold(sample('OrderPlaced'), sample('OrderPaid'), sample('ProvisioningStarted'))).toStrictEqual({});
  });

  it('gives the same rows when folded again', () => {
    fold(checked, other, mended);
    expect(fold(checked, other, mended)).toStrictEqual({ 'minecraft-4g': fit, 'minecraft-8g': { ...fit, planId: 'minecraft-8g' } });
  });
});
