import { describe, expect, it } from '@jest/globals';
import { project, sample } from '../../test/support/project.js';
import { customerAccounts } from './customer-accounts.projection.js';

const fold = project(customerAccounts);

const CUSTOMER = '019c1a4f-9b02-7d6e-8a15-0f6f3c9be210';
const LINKED = sample('PanelAccountLinked').data;
const pending = {
  customerId: CUSTOMER,
  status: 'pending',
  panelUserId: null,
  how: null,
  reason: null,
  registeredAt: '2026-11-03T18:17:09.000Z',
};
const linked = { ...pending, status: 'linked', panelUserId: 412, how: LINKED.how };

const asked = [sample('CustomerRegistered'), sample('PanelAccountLinkIntended')];
const life = [...asked, sample('PanelAccountLinkFailed'), sample('PanelAccountLinkIntended'), sample('PanelAccountLinked')];

describe('customer-accounts', () => {
  it('is pending until the panel has answered', () => {
    expect(fold(...asked)).toStrictEqual({ [CUSTOMER]: pending });
  });

  it('says why an attempt failed while it stays pending', () => {
    expect(fold(...asked, sample('PanelAccountLinkFailed'))).toStrictEqual({ [CUSTOMER]: { ...pending, reason: 'TIMEOUT' } });
  });

  it('is linked in the end and forgets the reason', () => {
    expect(fold(...life)).toStrictEqual({ [CUSTOMER]: linked });
  });

  it('says what the conflict is', () => {
    const row = { ...pending, status: 'conflict', reason: 'PANEL_EMAIL_TAKEN' };
    expect(fold(...asked, sample('PanelAccountConflicted'))).toStrictEqual({ [CUSTOMER]: row });
  });

  it('is pending again with a new address, which the conflict was not about', () => {
    const conflict = [...asked, sample('PanelAccountConflicted')];
    expect(fold(...conflict, sample('CustomerEmailChanged'))).toStrictEqual({ [CUSTOMER]: pending });
    expect(fold(...conflict, sample('CustomerRenamed'))).toMatchObject({ [CUSTOMER]: { status: 'conflict' } });
  });

  it('says why the panel account does not follow, until it does', () => {
    const behind = [...life, sample('CustomerEmailChanged'), sample('PanelAccountUpdateIntended'), sample('PanelAccountUpdateFailed')];
    expect(fold(...behind)).toStrictEqual({ [CUSTOMER]: { ...linked, reason: 'PANEL_EMAIL_TAKEN' } });
    expect(fold(...behind, sample('PanelAccountUpdated'))).toStrictEqual({ [CUSTOMER]: linked });
  });

  it('has no row for a customer it never saw registered', () => {
    expect(fold(...life.slice(1))).toStrictEqual({});
  });

  it('pays no attention to the customer’s orders', () => {
    expect(fold(...life, sample('OrderPlaced'), sample('OrderPaid'))).toStrictEqual({ [CUSTOMER]: linked });
  });

  it('gives the same rows when folded again', () => {
    fold(...life);
    expect(fold(...life)).toStrictEqual({ [CUSTOMER]: linked });
  });
});
