/** The catalog: what is for sale, and whether it can be. */
import { Module } from '@nestjs/common';
import { CatalogChecker } from './catalog-checker.js';
import { CatalogController } from './catalog.controller.js';
import { RecordPlanCheckHandler } from './catalog.commands.js';

@Module({ controllers: [CatalogController], providers: [RecordPlanCheckHandler, CatalogChecker], exports: [CatalogChecker] })
export class CatalogModule {}
