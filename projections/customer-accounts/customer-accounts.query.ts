/** Whether a customer's panel account is linked. */
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { CustomerAccountsEntity } from './customer-accounts.entity.js';
import type { CustomerAccountsRow } from './customer-accounts.projection.js';

export class GetCustomerAccount extends Query<CustomerAccountsRow | undefined> {
  constructor(readonly customerId: string) {
    super();
  }
}

@QueryHandler(GetCustomerAccount)
export class GetCustomerAccountHandler implements IQueryHandler<GetCustomerAccount> {
  constructor(private readonly database: DataSource) {}

  async execute({ customerId }: GetCustomerAccount): Promise<CustomerAccountsRow | undefined> {
    return (await this.database.getRepository(CustomerAccountsEntity).findOneBy({ customerId })) ?? undefined;
  }
}
